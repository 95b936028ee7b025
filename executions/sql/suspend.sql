-- Back to the queue until it is due: the agent makes a pause. The attempt does not count. decisions: what had been decided when the
-- run was claimed. An approval that was decided since is not in what the agent knows, so the run goes on at once: whoever decides
-- writes to this row too (decide.sql), and whichever of the two comes second sees the other.
-- No row: not ours any more, or to be cancelled.
WITH run AS (
  UPDATE executions_run r
  SET state = 'queued', lease_until = NULL, worker = NULL, attempt = attempt - 1, start_by = deadline, waiting = false,
      suspended = %(why)s,
      available_at = CASE WHEN r.decisions > %(decisions)s THEN now() ELSE now() + make_interval(secs => %(resume_in_s)s) END
  WHERE execution_id = %(id)s AND lease_until IS NOT NULL AND attempt = %(attempt)s AND worker = %(worker)s
    AND cancel_requested_at IS NULL
  RETURNING lane, available_at)
SELECT lane, available_at <= now() FROM run
