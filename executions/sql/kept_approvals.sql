-- The approvals of runs that start again. What nobody decided in time is expired from here on.
WITH expired AS (
  UPDATE executions_approval SET state = 'expired', decided_at = expires_at
  WHERE execution_id = ANY (%(ids)s) AND state = 'pending' AND expires_at <= now()
  RETURNING id)
SELECT a.execution_id, a.step, CASE WHEN x.id IS NULL THEN a.state ELSE 'expired' END,
       CASE WHEN a.state = 'pending' THEN greatest(extract(epoch FROM a.expires_at - now()), 0) ELSE 0 END::double precision,
       a.decided_by, a.comment, a.decided_at
FROM executions_approval a LEFT JOIN expired x ON x.id = a.id
WHERE a.execution_id = ANY (%(ids)s)
