-- What has become of these children: those that ended, and those whose rows somebody deleted.
SELECT i.id, r.outcome, e.id IS NULL AS row_gone, e.output, e.error
FROM unnest(%(ids)s::text[]) AS i(id)
LEFT JOIN executions_run r ON r.execution_id = i.id LEFT JOIN public.module_executions e ON e.id = i.id
WHERE r.execution_id IS NULL OR r.state = 'done'
