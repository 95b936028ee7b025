-- A pending row that the gateway inserted gets our run beside it. Locking the shared row makes two calls for the same row take
-- turns: the second finds the run of the first. No row back: nothing to adopt (missing, another module's, or not pending).
WITH shared AS (
  UPDATE public.module_executions SET input = %(input)s, task_id = coalesce(%(task_id)s, task_id)
  WHERE id = %(id)s AND org_id = %(org_id)s AND module_id = %(module_id)s AND status = 'pending'
  RETURNING id)
INSERT INTO executions_run
       (execution_id, org_id, module_id, agent, lane, gate, priority, max_attempts, at_most_once, timeout_s, backoff_s, circuit,
        start_by, idempotency_key, request_hash, origin, requested_by, awaited,
        config_version, retry_of, webhook, webhook_url, webhook_secret)
SELECT shared.id, %(org_id)s, %(module_id)s, %(agent)s, %(lane)s,
       (SELECT coalesce(max(module_id), '') FROM modules_policy
        WHERE module_id = %(module_id)s AND (paused OR concurrency IS NOT NULL)),
       %(priority)s, %(max_attempts)s, %(at_most_once)s, %(timeout_s)s, %(backoff_s)s, %(circuit)s,
       now() + make_interval(secs => %(start_within_s)s), %(idempotency_key)s, %(request_hash)s, %(origin)s, %(requested_by)s,
       %(awaited)s, %(config_version)s::int, %(retry_of)s,
       %(webhook_url)s::text IS NOT NULL OR EXISTS (
         SELECT 1 FROM modules_webhook w WHERE w.module_id = %(module_id)s AND w.org_id = %(org_id)s AND w.enabled),
       %(webhook_url)s, %(webhook_secret)s
FROM shared
RETURNING execution_id
