-- A remote server's answer, accepted while its attempt is the open one: it runs, or its worker is gone and the next has not begun.
-- The first answer is the only one. The worker is to be told afterwards.
INSERT INTO executions_callback (execution_id, org_id, attempt, body)
SELECT r.execution_id, r.org_id, r.attempt, %(body)s FROM executions_run r
WHERE r.execution_id = %(id)s AND r.org_id = %(org_id)s AND r.attempt = %(attempt)s AND r.outcome IS NULL
  AND r.cancel_requested_at IS NULL
ON CONFLICT (execution_id) DO NOTHING
RETURNING (SELECT r.worker FROM executions_run r WHERE r.execution_id = %(id)s)
