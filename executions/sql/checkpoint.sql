-- Steps that runs in flight finished, or that remember something while they wait. Only of runs that are this worker's, in that
-- attempt. What completed before stays as it is: a late attempt does not take it back. Written without waiting for the disk: the
-- end or the pause of the run, later on the same connection, waits for all of it.
WITH asynchronous AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)
), given AS (
  SELECT * FROM asynchronous,
    unnest(%(ids)s::text[], %(attempts)s::int[], %(steps)s::text[], %(indexes)s::int[], %(statuses)s::text[], %(outputs)s::text[],
           %(errors)s::text[], %(tooks)s::double precision[]) AS g(id, attempt, step, index, status, output, error, took_s)
), mine AS (
  SELECT r.execution_id, r.org_id, r.attempt FROM executions_run r
  WHERE r.execution_id = ANY (%(ids)s) AND r.worker = %(worker)s AND r.lease_until IS NOT NULL
), marked AS (
  UPDATE executions_run r SET checkpointed = true
  FROM given g WHERE r.execution_id = ANY (%(ids)s) AND r.execution_id = g.id AND r.attempt = g.attempt AND r.worker = %(worker)s
    AND r.lease_until IS NOT NULL AND NOT r.checkpointed)
INSERT INTO executions_step AS s (execution_id, org_id, step, index, status, attempt, output, error, started_at)
SELECT g.id, m.org_id, g.step, g.index, g.status, g.attempt, g.output, g.error, now() - make_interval(secs => g.took_s)
FROM given g JOIN mine m ON m.execution_id = g.id AND m.attempt = g.attempt
ON CONFLICT (execution_id, step, index) DO UPDATE SET
  status = excluded.status, attempt = excluded.attempt, output = excluded.output, error = excluded.error,
  started_at = excluded.started_at, finished_at = now()
WHERE s.status <> 'completed'
