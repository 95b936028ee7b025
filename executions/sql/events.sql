-- Written without waiting for the disk: a line of a log may be lost with the machine, the runs' outcomes may not.
WITH asynchronous AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO executions_event (execution_id, org_id, attempt, kind, level, message, data)
SELECT id, org, attempt, kind, level, message, data::jsonb
FROM asynchronous,
     unnest(%(ids)s::text[], %(orgs)s::text[], %(attempts)s::int[], %(kinds)s::text[], %(levels)s::text[], %(messages)s::text[],
            %(datas)s::text[]) WITH ORDINALITY AS e(id, org, attempt, kind, level, message, data, n)
ORDER BY n
