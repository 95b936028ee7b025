-- Calls of agents become runs, with their shared rows: all that came together in one commit. The calling run is marked as
-- waiting, and that is the fence: it must still be this worker's, in this attempt. Organization, depth and requester are read from
-- its row, never taken from what a host said. No row back: the caller is not ours any more. blocked: the runs that would wait for
-- the new one hold all places of its module, so that it could never start.
-- The same ids again (the answer to the first try was lost) change nothing.
WITH given AS (
  SELECT * FROM unnest(%(ids)s::text[], %(parents)s::text[], %(attempts)s::int[], %(module_ids)s::text[], %(agents)s::text[],
                       %(lanes)s::text[], %(inputs)s::text[], %(priorities)s::smallint[], %(max_attempts)s::int[],
                       %(at_most_onces)s::boolean[], %(timeouts)s::double precision[], %(start_withins)s::double precision[],
                       %(backoffs)s::double precision[], %(circuits)s::boolean[], %(lefts)s::double precision[],
                       %(config_versions)s::int[])
    AS g(id, parent, attempt, module_id, agent, lane, input, priority, max_attempts, at_most_once, timeout_s, start_within_s,
         backoff_s, circuit, left_s, config_version)
), caller AS (
  UPDATE executions_run r SET waiting = true
  FROM (SELECT DISTINCT parent, attempt FROM given) c
  WHERE r.execution_id = ANY (%(parents)s) AND r.execution_id = c.parent AND r.attempt = c.attempt AND r.worker = %(worker)s
    AND r.lease_until IS NOT NULL AND r.cancel_requested_at IS NULL
  RETURNING r.execution_id, r.org_id, r.depth, r.deadline, r.requested_by
), child AS MATERIALIZED (
  SELECT g.*, c.org_id, c.depth + 1 AS depth, c.requested_by,
         least(c.deadline, now() + make_interval(secs => g.left_s)) AS deadline,
         p.module_id IS NOT NULL AND (p.paused OR p.concurrency IS NOT NULL) AS gated,
         p.concurrency <= (
           WITH RECURSIVE up AS (
             SELECT r.parent, r.module_id FROM executions_run r WHERE r.execution_id = g.parent
             UNION ALL SELECT r.parent, r.module_id FROM up JOIN executions_run r ON r.execution_id = up.parent)
           SELECT count(*) FROM up WHERE up.module_id = g.module_id) AS blocked
  FROM given g JOIN caller c ON c.execution_id = g.parent LEFT JOIN modules_policy p ON p.module_id = g.module_id
), run AS (
  INSERT INTO executions_run
         (execution_id, org_id, module_id, agent, lane, gate, priority, max_attempts, at_most_once, timeout_s, backoff_s, circuit,
          start_by, deadline, origin, requested_by, parent, depth, config_version, webhook)
  SELECT id, org_id, module_id, agent, lane, CASE WHEN gated THEN module_id ELSE '' END, priority, max_attempts, at_most_once,
         timeout_s, backoff_s, circuit, least(deadline, now() + make_interval(secs => start_within_s)), deadline, 'workflow',
         requested_by, parent, depth, config_version,
         EXISTS (SELECT 1 FROM modules_webhook w WHERE w.module_id = child.module_id AND w.org_id = child.org_id AND w.enabled)
  FROM child WHERE blocked IS NOT TRUE
  ON CONFLICT (execution_id) DO NOTHING
), shared AS (
  INSERT INTO public.module_executions (id, module_id, org_id, input, status, started_at)
  SELECT id, module_id, org_id, input, 'pending', now() AT TIME ZONE 'utc' FROM child WHERE blocked IS NOT TRUE
  ON CONFLICT (id) DO NOTHING)
SELECT id, blocked IS TRUE FROM child
