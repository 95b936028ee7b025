-- What an organization finished after a place in the order of ends, and the time; no place: only the time. Never more than a day back.
-- One row at least.
SELECT f.execution_id, f.finished_at, now()
FROM (SELECT 1) AS one
LEFT JOIN (
  SELECT r.execution_id, r.finished_at FROM executions_run r
  WHERE r.org_id = %(org)s AND r.state = 'done' AND r.finished_at >= greatest(%(at)s::timestamptz, now() - interval '1 day')
    AND %(at)s::timestamptz IS NOT NULL AND (r.finished_at, r.execution_id) > (%(at)s::timestamptz, %(id)s::text)
  ORDER BY r.finished_at, r.execution_id LIMIT %(most)s) f ON true
ORDER BY f.finished_at, f.execution_id
