-- The queue by organization, those whose first run is due longest first, `most` of them. orgs: NULL for all of them. Found pile by pile
-- (see claim.sql), one probe of the index each, because a pile begins with its oldest: 2,000 organizations of a lane and 200 piles of
-- each at most, whatever the number of runs. queued counts to `count_to`.
WITH RECURSIVE found AS (
  (SELECT 1 AS n, lane, org_id FROM executions_run WHERE state = 'queued' AND %(orgs)s::text[] IS NULL
   ORDER BY lane, org_id LIMIT 1)
  UNION ALL
  SELECT f.n + 1, r.lane, r.org_id FROM found f CROSS JOIN LATERAL (
    SELECT lane, org_id FROM executions_run WHERE state = 'queued' AND (lane, org_id) > (f.lane, f.org_id)
    ORDER BY lane, org_id LIMIT 1) r
  WHERE f.n < 2000
), tenant AS (
  SELECT lane, org_id FROM found
  UNION ALL SELECT l, o FROM unnest(%(lanes)s::text[]) l CROSS JOIN unnest(%(orgs)s::text[]) o
), pile AS (
  SELECT 1 AS n, t.lane, t.org_id, r.gate, r.priority, r.available_at FROM tenant t CROSS JOIN LATERAL (
    SELECT gate, priority, available_at FROM executions_run
    WHERE state = 'queued' AND lane = t.lane AND org_id = t.org_id ORDER BY gate, priority, available_at LIMIT 1) r
  UNION ALL
  SELECT p.n + 1, p.lane, p.org_id, r.gate, r.priority, r.available_at FROM pile p CROSS JOIN LATERAL (
    SELECT gate, priority, available_at FROM executions_run
    WHERE state = 'queued' AND lane = p.lane AND org_id = p.org_id AND (gate, priority) > (p.gate, p.priority)
    ORDER BY gate, priority, available_at LIMIT 1) r
  WHERE p.n < 200
), first AS (
  SELECT * FROM (SELECT DISTINCT ON (org_id) * FROM pile ORDER BY org_id, available_at) o ORDER BY available_at, org_id LIMIT %(most)s
)
SELECT f.org_id, c.queued, coalesce(b.running, 0), head.execution_id,
       greatest(extract(epoch FROM now() - f.available_at), 0)::float8
FROM first f
CROSS JOIN LATERAL (SELECT count(*) AS queued FROM (
  SELECT 1 FROM unnest(%(lanes)s::text[]) l CROSS JOIN LATERAL (
    SELECT 1 FROM executions_run q WHERE q.state = 'queued' AND q.lane = l AND q.org_id = f.org_id
    ORDER BY gate, priority, available_at LIMIT %(count_to)s) one
  LIMIT %(count_to)s) x) c
LEFT JOIN LATERAL (SELECT count(*) AS running FROM executions_run r WHERE r.state = 'running' AND r.org_id = f.org_id) b ON true
CROSS JOIN LATERAL (
  SELECT execution_id FROM executions_run h
  WHERE h.state = 'queued' AND h.lane = f.lane AND h.org_id = f.org_id AND h.gate = f.gate AND h.priority = f.priority
  ORDER BY gate, priority, available_at LIMIT 1) head
ORDER BY f.available_at, f.org_id
