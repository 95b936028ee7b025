-- The gateway's row and ours, in one statement and so in one transaction. The wake-up is a statement of its own, afterwards.
WITH shared AS (
  INSERT INTO public.module_executions (id, module_id, task_id, org_id, input, status, started_at)
  VALUES (%(id)s, %(module_id)s, %(task_id)s, %(org_id)s, %(input)s, 'pending', now() AT TIME ZONE 'utc'))
INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane, gate, max_attempts, timeout_s, request_hash, origin,
                            requested_by)
VALUES (%(id)s, %(org_id)s, %(module_id)s, %(agent)s, %(lane)s,
        (SELECT coalesce(max(module_id), '') FROM modules_policy
         WHERE module_id = %(module_id)s AND (paused OR concurrency IS NOT NULL)),
        %(max_attempts)s, %(timeout_s)s, %(request_hash)s, %(origin)s, %(requested_by)s)
