-- The newest execution of each of these modules, and what became of it. The index that this wants is
-- the gateway table's own (module_id, started_at, id): see `ensure_shared_indexes`.
SELECT m.id, e.id, e.status::text, r.outcome, e.started_at AT TIME ZONE 'UTC'
FROM public.modules m
CROSS JOIN LATERAL (
  SELECT e.id, e.status, e.started_at FROM public.module_executions e
  WHERE e.module_id = m.id AND e.org_id = m.org_id
  ORDER BY e.started_at DESC, e.id DESC LIMIT 1
) e
LEFT JOIN executions_run r ON r.execution_id = e.id AND r.org_id = m.org_id
WHERE m.id = ANY(%s)
