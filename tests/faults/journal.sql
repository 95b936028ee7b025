-- What became of the executions that were promised: both rows, and how often each became terminal.
SELECT p.id, r.state, r.outcome, r.attempt, extract(epoch FROM r.finished_at)::float8, e.status::text, e.output, e.error,
       (SELECT count(*) FROM fault_history h WHERE h.execution_id = p.id AND h.place = 'run'),
       (SELECT count(*) FROM fault_history h WHERE h.execution_id = p.id AND h.place = 'row')
FROM unnest(%(ids)s::text[]) AS p(id)
LEFT JOIN executions_run r ON r.execution_id = p.id
LEFT JOIN public.module_executions e ON e.id = p.id
