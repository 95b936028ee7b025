-- What finish.sql does, for one run: half the price, and the usual case when the system is not busy.
WITH run AS (
  UPDATE executions_run
  SET state = 'done', outcome = %(outcome)s, finished_at = now(), lease_until = NULL, usage = %(usage)s::jsonb
  WHERE execution_id = %(id)s AND lease_until IS NOT NULL AND attempt = %(attempt)s AND worker = %(worker)s
  RETURNING execution_id, awaited, webhook
), shared AS (
  UPDATE public.module_executions
  SET completed_at = now() AT TIME ZONE 'utc', output = %(output)s, error = %(error)s,
      status = CASE WHEN %(outcome)s = 'completed' THEN 'completed' ELSE 'failed' END::public.task_status
  WHERE id = (SELECT execution_id FROM run))
SELECT execution_id, awaited, webhook, CASE WHEN %(announce)s AND awaited THEN pg_notify('run_done', execution_id) END FROM run
