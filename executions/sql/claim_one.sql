-- The given run, as executions_claim would take it: not while paused, not above a limit. Run under the claim lock, taken by a
-- statement before this one in the same short transaction: this statement's snapshot must be younger than its lock.
-- capped: whoever is told what to claim need not know, so it says the safe answer.
-- SKIP LOCKED: neither a cancel in flight nor the gateway holding its row may stop every claim.
WITH free AS MATERIALIZED (
  SELECT e.id FROM public.module_executions e WHERE e.id = %(id)s FOR NO KEY UPDATE SKIP LOCKED
), mine AS MATERIALIZED (
  SELECT r.execution_id, coalesce(r.start_by <= now(), false) AS late
  FROM executions_run r
  WHERE r.execution_id = %(id)s AND r.state = 'queued' AND r.lane = %(lane)s AND r.available_at <= now()
    AND (EXISTS (SELECT 1 FROM free) OR NOT EXISTS (SELECT 1 FROM public.module_executions e WHERE e.id = %(id)s))
    AND NOT EXISTS (SELECT 1 FROM executions_killswitch k WHERE k.paused)
    AND NOT EXISTS (SELECT 1 FROM executions_org_limits(r.org_id) o WHERE o.paused OR o.room <= 0)
    AND NOT EXISTS (SELECT 1 FROM executions_module_limits(r.org_id, r.module_id) l WHERE l.paused OR l.room <= 0)
  FOR UPDATE OF r SKIP LOCKED
), taken AS (
  UPDATE executions_run r SET state = 'running', attempt = r.attempt + 1, worker = %(worker)s, claimed_at = now(),
                              lease_until = now() + make_interval(secs => %(lease_s)s), start_by = NULL
  FROM mine WHERE r.execution_id = mine.execution_id
  RETURNING r.*, mine.late
), shared AS (
  UPDATE public.module_executions e SET status = 'running',
    started_at = CASE WHEN e.status = 'running' THEN e.started_at ELSE now() AT TIME ZONE 'utc' END
  FROM taken t WHERE e.id = t.execution_id RETURNING e.id, e.input, e.task_id)
SELECT t.execution_id, t.org_id, t.module_id, t.agent, t.attempt, t.max_attempts, t.suspect, t.timeout_s, t.backoff_s,
       t.at_most_once, t.circuit, t.depth, t.priority, true AS capped, extract(epoch FROM t.deadline - now())::double precision AS remaining_s,
       t.late, m.status::text AS module_status,
       CASE WHEN t.config_version IS NULL THEN m.config ELSE v.config END AS config,
       CASE WHEN t.config_version IS NULL THEN m.endpoint ELSE v.endpoint END AS endpoint,
       s.input, s.task_id, s.id IS NULL AS row_gone, t.config_version IS NOT NULL AND v.version IS NULL AS config_gone, t.checkpointed, t.decisions,
       t.org_id AS cursor_org
FROM taken t LEFT JOIN shared s ON s.id = t.execution_id LEFT JOIN public.modules m ON m.id = t.module_id
LEFT JOIN modules_config_version v ON v.module_id = t.module_id AND v.version = t.config_version
