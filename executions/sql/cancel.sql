-- These runs and everything below them. Queued: ends now and can never start. Running: marked; its worker is told, and sees it at its
-- next beat besides. A claim that commits meanwhile is seen: the row lock evaluates every CASE anew on the new version.
WITH RECURSIVE tree AS (
  SELECT r.execution_id, 0 AS level FROM unnest(%(ids)s::text[], %(orgs)s::text[]) AS given(id, org)
  JOIN executions_run r ON r.execution_id = given.id AND r.org_id = given.org
  UNION ALL
  SELECT c.execution_id, tree.level + 1 FROM tree JOIN executions_run c ON c.parent = tree.execution_id WHERE tree.level < 20
), run AS (
  UPDATE executions_run r SET cancel_requested_at = coalesce(r.cancel_requested_at, now()),
    outcome = CASE WHEN r.state = 'queued' THEN 'cancelled' END,
    finished_at = CASE WHEN r.state = 'queued' THEN now() END,
    state = CASE WHEN r.state = 'queued' THEN 'done' ELSE r.state END
  WHERE r.execution_id = ANY (ARRAY(SELECT execution_id FROM tree)) AND r.outcome IS NULL
  RETURNING r.execution_id, r.state, r.worker, r.webhook
), shared AS (
  UPDATE public.module_executions SET status = 'failed', error = 'Cancelled.', completed_at = now() AT TIME ZONE 'utc'
  WHERE id = ANY (ARRAY(SELECT execution_id FROM run WHERE state = 'done')))
SELECT execution_id, state, worker, webhook FROM run
