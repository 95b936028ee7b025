-- What an organization has running, and what it has queued since then (without a time: nothing) and still is.
(SELECT r.execution_id, r.state FROM executions_run r WHERE r.org_id = %(org)s AND r.state = 'running' LIMIT %(most)s)
UNION ALL
(SELECT r.execution_id, r.state FROM executions_run r
 WHERE r.org_id = %(org)s AND r.queued_at > %(since)s::timestamptz AND r.state = 'queued' ORDER BY r.queued_at DESC LIMIT %(most)s)
