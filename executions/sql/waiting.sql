-- What holds these queued runs back: the first of the claim's conditions that does, asked from the functions that the claim asks
-- (limits.sql). ahead: runs of the same pile (organization, gate, priority; see claim.sql) and its better ones that go first.
SELECT q.execution_id,
  CASE WHEN q.available_at > now() AND q.suspended LIKE 'approval:%%' THEN 'waiting_for_approval'
       WHEN q.available_at > now() AND q.suspended <> '' THEN 'waiting_step'
       WHEN k.paused THEN 'everything_paused'
       WHEN o.paused THEN 'organization_paused'
       WHEN m.paused THEN 'module_paused'
       WHEN q.available_at > now() THEN 'not_yet_available'
       WHEN o.room <= 0 THEN 'organization_at_limit'
       WHEN m.room <= 0 THEN 'module_at_limit'
       WHEN NOT EXISTS (SELECT 1 FROM executions_worker w WHERE w.beat_at > now() - interval '30 s'
                        AND w.lanes @> to_jsonb(split_part(q.lane, '_', 1))) THEN 'no_worker'
       ELSE 'turn' END AS reason,
  CASE WHEN o.paused THEN (SELECT t.pause_reason FROM tenancy_policy t WHERE t.org_id = q.org_id)
       WHEN m.paused THEN (SELECT p.pause_reason FROM modules_policy p WHERE p.module_id = q.module_id) END AS pause_reason,
  nullif(substr(q.suspended, strpos(q.suspended, ':') + 1), '') AS step, q.available_at, o.running AS organization_running, o.concurrency AS organization_limit,
  m.running AS module_running, m.concurrency AS module_limit,
  (SELECT count(*)::int FROM (
     SELECT 1 FROM executions_run a
     WHERE a.state = 'queued' AND a.lane = q.lane AND a.org_id = q.org_id AND a.gate = q.gate
       AND (a.priority, a.available_at) < (q.priority, q.available_at) LIMIT 1000) x) AS ahead
FROM executions_run q
CROSS JOIN (SELECT EXISTS (SELECT 1 FROM executions_killswitch WHERE paused) AS paused) k
CROSS JOIN LATERAL executions_org_limits(q.org_id) o
LEFT JOIN LATERAL executions_module_limits(q.org_id, q.module_id) m ON true
WHERE q.execution_id = ANY (%(ids)s) AND q.org_id = ANY (%(org_ids)s) AND q.lease_until IS NULL AND q.outcome IS NULL
