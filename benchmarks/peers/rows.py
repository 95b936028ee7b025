"""The durable rows of the peers: pending, running, completed; each statement is a commit.

Placeholders are those of asyncpg in the web processes and of psycopg in the workers.
"""

INSERT = """
INSERT INTO module_executions (id, module_id, org_id, input, status, started_at)
SELECT $1, m.id, k.org_id, $4, $5::text::task_status, now() AT TIME ZONE 'utc'
FROM api_keys k JOIN modules m USING (org_id)
WHERE k.key = $2 AND m.python_module = $3 AND m.status = 'active'"""
"""id, key, python_module, input, status. No row: the key or the module is unknown."""

START = """
UPDATE module_executions SET status = 'running', started_at = now() AT TIME ZONE 'utc'
WHERE id = %s AND status <> 'completed' RETURNING input"""

FINISH = """
UPDATE module_executions
SET status = %s::text::task_status, output = %s, error = %s, completed_at = now() AT TIME ZONE 'utc'
WHERE id = %s"""

FINISH_ASYNC = """
UPDATE module_executions
SET status = $2::text::task_status, output = $3, error = $4, completed_at = now() AT TIME ZONE 'utc'
WHERE id = $1"""
