WITH run AS (
  UPDATE executions_run
  SET state = 'queued', lease_until = NULL, worker = NULL, attempt = attempt - %(refund)s, suspect = suspect OR %(suspect)s,
      available_at = now() + make_interval(secs => %(delay_s)s)
  WHERE execution_id = %(id)s AND lease_until IS NOT NULL AND attempt = %(attempt)s AND worker = %(worker)s
    AND cancel_requested_at IS NULL
  RETURNING execution_id, lane
), shared AS (
  UPDATE public.module_executions SET status = 'pending' WHERE id = (SELECT execution_id FROM run))
SELECT pg_notify('run_queued', lane) FROM run
