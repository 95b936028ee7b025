-- Lines for the logs of runs, in their order. Only of runs that are this worker's, in that attempt: one that was taken from it while it
-- stood still gets nothing more. FOR SHARE holds the row until the commit, and whoever else appends (give_back.sql, reap.sql) changes
-- the row first: so the sequence hands out numbers of one execution in the order of the commits, and a reader that has seen one has
-- seen all before it. The locks come first because the sort needs all of their rows; the numbers are drawn above it.
-- Written without waiting for the disk: a line of a log may be lost with the machine, the runs' outcomes may not.
WITH asynchronous AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)
), mine AS MATERIALIZED (
  SELECT r.execution_id, r.org_id, r.attempt FROM executions_run r
  WHERE r.execution_id = ANY (%(ids)s) AND r.worker = %(worker)s AND r.lease_until IS NOT NULL
  FOR SHARE
)
INSERT INTO executions_event (execution_id, org_id, attempt, kind, level, message, data)
SELECT e.id, m.org_id, e.attempt, e.kind, e.level, e.message, e.data::jsonb
FROM asynchronous,
     unnest(%(ids)s::text[], %(attempts)s::int[], %(kinds)s::text[], %(levels)s::text[], %(messages)s::text[], %(datas)s::text[])
       WITH ORDINALITY AS e(id, attempt, kind, level, message, data, n)
JOIN mine m ON m.execution_id = e.id AND m.attempt = e.attempt
ORDER BY e.n
