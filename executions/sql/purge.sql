-- Ends those of these runs that are still queued. SKIP LOCKED: what a claim has in hand just now is not ours to end.
WITH chosen AS MATERIALIZED (
  SELECT r.execution_id FROM executions_run r
  WHERE r.execution_id = ANY (%(ids)s) AND r.lease_until IS NULL AND r.outcome IS NULL FOR UPDATE SKIP LOCKED
), run AS (
  UPDATE executions_run r SET state = 'done', outcome = 'cancelled', finished_at = now(),
                              cancel_requested_at = coalesce(r.cancel_requested_at, now())
  FROM chosen c WHERE r.execution_id = ANY (%(ids)s) AND r.execution_id = c.execution_id
  RETURNING r.execution_id, r.webhook
), shared AS (
  UPDATE public.module_executions e SET status = 'failed', error = %(error)s, completed_at = now() AT TIME ZONE 'utc'
  FROM run u WHERE e.id = ANY (%(ids)s) AND e.id = u.execution_id)
SELECT execution_id, webhook FROM run
