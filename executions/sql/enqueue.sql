-- The gateway's row and ours, in one statement and so in one transaction. The wake-up is a statement of its own, afterwards,
-- unless this is the only submission at the moment (`announce`).
-- version: what `modules.lookup` knew of the module; nothing is written when it has changed since, or when the version of its
-- config is not there any more.
-- key: the API key, when only this process's memory says that it is good; nothing is written when it is not there any more.
-- The same idempotency key again: DO UPDATE waits for the first call and returns its run, even when that
-- committed after our snapshot (DO NOTHING and a SELECT would find nothing then). Without a key there is no conflict.
WITH run AS (
  INSERT INTO executions_run AS r
         (execution_id, org_id, module_id, agent, lane, gate, priority, max_attempts, at_most_once, timeout_s, backoff_s, circuit,
          start_by, idempotency_key, request_hash, origin, requested_by, awaited,
          config_version, retry_of, webhook, webhook_url, webhook_secret)
  SELECT %(id)s, %(org_id)s, %(module_id)s, %(agent)s, %(lane)s,
         (SELECT coalesce(max(module_id), '') FROM modules_policy
          WHERE module_id = %(module_id)s AND (paused OR concurrency IS NOT NULL)),
         %(priority)s, %(max_attempts)s, %(at_most_once)s, %(timeout_s)s, %(backoff_s)s, %(circuit)s,
         now() + make_interval(secs => %(start_within_s)s), %(idempotency_key)s, %(request_hash)s, %(origin)s, %(requested_by)s,
         %(awaited)s, %(config_version)s::int, %(retry_of)s,
         %(webhook_url)s::text IS NOT NULL OR EXISTS (
           SELECT 1 FROM modules_webhook w WHERE w.module_id = %(module_id)s AND w.org_id = %(org_id)s AND w.enabled),
         %(webhook_url)s, %(webhook_secret)s
  WHERE (%(key)s::text IS NULL
     OR EXISTS (SELECT 1 FROM public.api_keys k WHERE k.key = %(key)s AND k.org_id = %(org_id)s))
    AND (%(version)s::text IS NULL
     OR EXISTS (SELECT 1 FROM modules_config_version v WHERE v.module_id = %(module_id)s AND v.version = %(config_version)s::int)
    AND %(version)s = (SELECT sum(hashtextextended(concat_ws(':', m.id, m.xmin, p.xmin), 0))::text
    FROM public.modules m LEFT JOIN modules_policy p ON p.module_id = m.id
    WHERE m.org_id = %(org_id)s AND (m.id = %(reference)s OR m.python_module = %(reference)s OR m.name = %(reference)s)))
  ON CONFLICT (org_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO UPDATE
    SET idempotency_key = r.idempotency_key, awaited = r.awaited OR excluded.awaited
  RETURNING execution_id, request_hash, state
), shared AS (
  INSERT INTO public.module_executions (id, module_id, task_id, org_id, input, status, started_at)
  SELECT execution_id, %(module_id)s, %(task_id)s, %(org_id)s, %(input)s, 'pending', now() AT TIME ZONE 'utc'
  FROM run WHERE execution_id = %(id)s)
SELECT execution_id, request_hash, state, CASE WHEN %(announce)s THEN pg_notify('run_queued', %(lane)s) END FROM run
