-- What is queued and what runs, per lane. Counts stop at `most`. The oldest run is found pile by pile (see claim.sql), one probe of
-- the index each, because a pile begins with its oldest; 5,000 piles at most. A run that is paused or not due waits on purpose.
WITH RECURSIVE pile AS (
  (SELECT 1 AS n, lane, org_id, gate, priority, available_at FROM executions_run WHERE state = 'queued'
   ORDER BY lane, org_id, gate, priority, available_at LIMIT 1)
  UNION ALL
  SELECT p.n + 1, r.lane, r.org_id, r.gate, r.priority, r.available_at
  FROM pile p CROSS JOIN LATERAL (
    SELECT lane, org_id, gate, priority, available_at FROM executions_run
    WHERE state = 'queued' AND (lane, org_id, gate, priority) > (p.lane, p.org_id, p.gate, p.priority)
    ORDER BY lane, org_id, gate, priority, available_at LIMIT 1) r
  WHERE p.n < 5000
), oldest AS (
  SELECT p.lane, extract(epoch FROM now() - min(p.available_at))::float8 AS s FROM pile p
  WHERE p.available_at <= now() AND NOT EXISTS (SELECT 1 FROM executions_killswitch k WHERE k.paused)
    AND NOT EXISTS (SELECT 1 FROM tenancy_policy t WHERE t.org_id = p.org_id AND t.paused)
    AND NOT EXISTS (SELECT 1 FROM modules_policy m WHERE m.module_id = p.gate AND m.paused)
  GROUP BY p.lane
), running AS (
  SELECT lane, count(*) AS n FROM executions_run WHERE state = 'running' GROUP BY lane
)
SELECT l.lane,
       (SELECT count(*) FROM (SELECT 1 FROM executions_run q WHERE q.state = 'queued' AND q.lane = l.lane LIMIT %(most)s) x),
       coalesce(r.n, 0), coalesce(o.s, 0)
FROM unnest(%(lanes)s::text[]) AS l(lane)
LEFT JOIN running r ON r.lane = l.lane
LEFT JOIN oldest o ON o.lane = l.lane
