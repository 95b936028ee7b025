-- Runs that should have started by now, and did not: nobody could claim them (a pause, a limit, no worker), so any worker ends
-- them. What is claimed meanwhile is skipped.
WITH late AS MATERIALIZED (
  SELECT execution_id FROM executions_run WHERE state = 'queued' AND start_by < now() LIMIT 1000 FOR UPDATE SKIP LOCKED
), run AS (
  UPDATE executions_run SET state = 'done', outcome = 'timed_out', finished_at = now(), start_by = NULL
  WHERE execution_id = ANY (ARRAY(SELECT execution_id FROM late)) AND lease_until IS NULL AND outcome IS NULL
  RETURNING execution_id
), shared AS (
  UPDATE public.module_executions SET status = 'failed', error = %(error)s, completed_at = now() AT TIME ZONE 'utc'
  WHERE id = ANY (ARRAY(SELECT execution_id FROM run)))
SELECT execution_id FROM run
