-- What an organization has running, then what it has queued: in each lane those first that start first.
(SELECT r.execution_id FROM executions_run r WHERE r.org_id = %(org)s AND r.state = 'running' LIMIT %(most)s)
UNION ALL
(SELECT q.execution_id FROM unnest(%(lanes)s::text[]) AS l(lane) CROSS JOIN LATERAL (
   SELECT r.execution_id FROM executions_run r
   WHERE r.state = 'queued' AND r.lane = l.lane AND r.org_id = %(org)s
   ORDER BY r.gate, r.priority, r.available_at LIMIT %(most)s) q)
LIMIT %(most)s
