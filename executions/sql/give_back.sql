-- Back to the queue: after a failure that may pass (delay_s, error), or untried (refund = 1 gives the attempt back). An attempt
-- that counted is written down in the same commit. No row: not ours any more, or to be cancelled.
WITH run AS (
  UPDATE executions_run
  SET state = 'queued', lease_until = NULL, worker = NULL, attempt = attempt - %(refund)s, suspect = suspect OR %(suspect)s,
      available_at = now() + make_interval(secs => %(delay_s)s), start_by = deadline, waiting = false, suspended = ''
  WHERE execution_id = %(id)s AND lease_until IS NOT NULL AND attempt = %(attempt)s AND worker = %(worker)s
    AND cancel_requested_at IS NULL
  RETURNING execution_id, org_id, lane, attempt, claimed_at, available_at
), shared AS (
  UPDATE public.module_executions SET status = 'pending' WHERE id = (SELECT execution_id FROM run)
), noted AS (
  INSERT INTO executions_event (execution_id, org_id, attempt, kind, level, message, data)
  SELECT execution_id, org_id, attempt, 'attempt', 'warning', %(error)s,
         jsonb_build_object('started_at', claimed_at, 'code', %(code)s::text, 'next_at', available_at)
  FROM run WHERE %(refund)s = 0)
SELECT lane, available_at <= now() FROM run
