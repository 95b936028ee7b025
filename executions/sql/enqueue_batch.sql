-- enqueue.sql for many: all rows of the gateway's table and of ours, in one statement. Only input, id and key differ.
-- The same idempotency key again: each row finds its run of the first call. When that was another request, its hash says so
-- and the caller rolls back what was written for the rows beyond. The first key is the call's own, so two such calls take turns
-- there and never wait for each other.
WITH given AS (
  SELECT * FROM unnest(%(ids)s::text[], %(inputs)s::text[], %(keys)s::text[]) WITH ORDINALITY AS g(id, input, key, n)
), run AS (
  INSERT INTO executions_run AS r
         (execution_id, org_id, module_id, agent, lane, gate, priority, max_attempts, at_most_once, timeout_s, backoff_s, circuit,
          start_by, idempotency_key, request_hash, origin, requested_by, config_version, webhook)
  SELECT g.id, %(org_id)s, %(module_id)s, %(agent)s, %(lane)s,
         (SELECT coalesce(max(module_id), '') FROM modules_policy
          WHERE module_id = %(module_id)s AND (paused OR concurrency IS NOT NULL)),
         %(priority)s, %(max_attempts)s, %(at_most_once)s, %(timeout_s)s, %(backoff_s)s, %(circuit)s,
         now() + make_interval(secs => %(start_within_s)s), g.key, %(request_hash)s, %(origin)s, %(requested_by)s, %(config_version)s::int,
         EXISTS (SELECT 1 FROM modules_webhook w WHERE w.module_id = %(module_id)s AND w.org_id = %(org_id)s AND w.enabled)
  FROM given g ORDER BY g.n
  ON CONFLICT (org_id, idempotency_key) WHERE idempotency_key IS NOT NULL DO UPDATE SET idempotency_key = r.idempotency_key
  RETURNING execution_id, request_hash, idempotency_key
), shared AS (
  INSERT INTO public.module_executions (id, module_id, task_id, org_id, input, status, started_at)
  SELECT g.id, %(module_id)s, %(task_id)s, %(org_id)s, g.input, 'pending', now() AT TIME ZONE 'utc'
  FROM given g JOIN run r ON r.execution_id = g.id)
SELECT r.execution_id, r.request_hash
FROM run r JOIN given g ON coalesce(g.key, g.id) = coalesce(r.idempotency_key, r.execution_id) ORDER BY g.n
