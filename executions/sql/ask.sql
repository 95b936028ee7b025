-- Approvals that runs in flight ask for; asked again, the first question stands. The same fence as checkpoint.sql.
WITH given AS (
  SELECT * FROM unnest(%(ids)s::text[], %(attempts)s::int[], %(steps)s::text[], %(titles)s::text[], %(messages)s::text[],
                       %(expires)s::double precision[]) AS g(id, attempt, step, title, message, expires_s)
), mine AS (
  UPDATE executions_run r SET checkpointed = true
  FROM (SELECT DISTINCT id, attempt FROM given) g
  WHERE r.execution_id = ANY (%(ids)s) AND r.execution_id = g.id AND r.attempt = g.attempt AND r.worker = %(worker)s
    AND r.lease_until IS NOT NULL
  RETURNING r.execution_id, r.org_id)
INSERT INTO executions_approval (execution_id, org_id, step, title, message, expires_at)
SELECT g.id, m.org_id, g.step, g.title, g.message, now() + make_interval(secs => g.expires_s)
FROM given g JOIN mine m ON m.execution_id = g.id
ON CONFLICT (execution_id, step) DO NOTHING
