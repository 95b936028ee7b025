WITH reaper AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(7203002) AS mine
), expired AS MATERIALIZED (
  SELECT r.execution_id, r.cancel_requested_at IS NULL AND NOT r.at_most_once AND r.attempt < r.max_attempts
         AND (r.deadline IS NULL OR r.deadline > now()) AS again
  FROM executions_run r WHERE (SELECT mine FROM reaper) AND r.state = 'running' AND r.lease_until < now()
  LIMIT 1000 FOR UPDATE SKIP LOCKED
), run AS (
  UPDATE executions_run r SET lease_until = NULL, worker = NULL,
    state = CASE WHEN again THEN 'queued' ELSE 'done' END, waiting = false, suspended = '',
    start_by = CASE WHEN again THEN r.deadline END,
    available_at = CASE WHEN again THEN now() ELSE r.available_at END,
    finished_at = CASE WHEN again THEN NULL ELSE now() END,
    outcome = CASE WHEN again THEN NULL WHEN r.cancel_requested_at IS NOT NULL THEN 'cancelled'
                   WHEN r.deadline <= now() THEN 'timed_out' ELSE 'lost' END
  FROM expired x WHERE r.execution_id = x.execution_id
  RETURNING r.execution_id, r.org_id, r.state, r.outcome, r.lane, r.attempt, r.claimed_at
), shared AS (
  UPDATE public.module_executions e SET
    status = CASE WHEN u.state = 'queued' THEN 'pending' ELSE 'failed' END::public.task_status,
    completed_at = CASE WHEN u.state = 'queued' THEN NULL ELSE now() AT TIME ZONE 'utc' END,
    error = CASE u.outcome
      WHEN 'cancelled' THEN 'Cancelled.'
      WHEN 'timed_out' THEN 'The deadline passed.'
      WHEN 'lost' THEN 'The worker that ran it was lost, in attempt ' || u.attempt || ', and no attempts are left.' END
  FROM run u WHERE e.id = u.execution_id
), noted AS (
  INSERT INTO executions_event (execution_id, org_id, attempt, kind, level, message, data)
  SELECT execution_id, org_id, attempt, 'attempt', 'warning', 'The worker that ran it was lost.',
         jsonb_build_object('started_at', claimed_at, 'code', 'lost', 'next_at', now())
  FROM run WHERE state = 'queued')
SELECT execution_id, outcome, lane FROM run
