WITH given AS (
  SELECT * FROM unnest(%(ids)s::text[], %(attempts)s::int[], %(outcomes)s::text[], %(outputs)s::text[],
                       %(errors)s::text[], %(usages)s::text[]) AS g(id, attempt, outcome, output, error, usage)
), run AS (
  UPDATE executions_run r
  SET state = 'done', outcome = g.outcome, finished_at = now(), lease_until = NULL, usage = g.usage::jsonb
  FROM given g
  WHERE r.execution_id = ANY (%(ids)s) AND r.execution_id = g.id
    AND r.lease_until IS NOT NULL AND r.attempt = g.attempt AND r.worker = %(worker)s
  RETURNING r.execution_id, r.awaited, r.webhook, g.outcome, g.output, g.error
), shared AS (
  UPDATE public.module_executions e
  SET completed_at = now() AT TIME ZONE 'utc', output = u.output, error = u.error,
      status = CASE WHEN u.outcome = 'completed' THEN 'completed' ELSE 'failed' END::public.task_status
  FROM run u WHERE e.id = ANY (%(ids)s) AND e.id = u.execution_id)
SELECT execution_id, awaited, webhook, CASE WHEN %(announce)s AND awaited THEN pg_notify('run_done', execution_id) END FROM run
