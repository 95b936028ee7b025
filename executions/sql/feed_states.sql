-- These executions as they are now, in the order of feeds.messages.StateRow.
SELECT e.id, e.org_id, e.module_id, e.status::text, r.state, r.outcome, r.attempt, r.queued_at, r.claimed_at, r.finished_at,
       coalesce(r.cancel_requested_at IS NOT NULL, false)
FROM public.module_executions e LEFT JOIN executions_run r ON r.execution_id = e.id AND r.execution_id = ANY (%(ids)s)
WHERE e.id = ANY (%(ids)s)
