-- One approval gets its answer, once. The run's row comes first, as it does for a pause (suspend.sql), and counts the decision: a
-- pause that commits meanwhile is seen, because the row lock evaluates the CASEs anew on its new version.
WITH run AS (
  UPDATE executions_run r SET decisions = r.decisions + 1,
    available_at = CASE WHEN r.state = 'queued' AND r.suspended <> '' THEN now() ELSE r.available_at END
  WHERE r.execution_id = %(id)s AND r.org_id = %(org_id)s AND r.outcome IS NULL
    AND EXISTS (SELECT 1 FROM executions_approval a WHERE a.execution_id = %(id)s AND a.step = %(step)s
                AND a.state = 'pending' AND a.expires_at > now())
  RETURNING r.execution_id, r.lane, r.state
), decided AS (
  UPDATE executions_approval a SET state = %(state)s, decided_by = %(by)s, comment = %(comment)s, decided_at = now()
  FROM run WHERE a.execution_id = run.execution_id AND a.step = %(step)s AND a.org_id = %(org_id)s AND a.state = 'pending'
    AND a.expires_at > now()
  RETURNING a.id)
SELECT run.lane, run.state = 'queued' FROM run JOIN decided ON true
