-- The oldest ended runs of one organization, with everything of ours that hangs on them. The gateway's rows are the gateway's.
-- By queued_at, which has an index with the organization; what was queued before and ended since is kept until its own end is old.
WITH old AS MATERIALIZED (
  SELECT execution_id FROM executions_run
  WHERE org_id = %(org_id)s AND outcome IS NOT NULL AND queued_at < now() - make_interval(days => %(days)s)
    AND finished_at < now() - make_interval(days => %(days)s)
  ORDER BY queued_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
), events AS (DELETE FROM executions_event t USING old WHERE t.execution_id = old.execution_id
), steps AS (DELETE FROM executions_step t USING old WHERE t.execution_id = old.execution_id
), approvals AS (DELETE FROM executions_approval t USING old WHERE t.execution_id = old.execution_id
), callbacks AS (DELETE FROM executions_callback t USING old WHERE t.execution_id = old.execution_id
), runs AS (DELETE FROM executions_run t USING old WHERE t.execution_id = old.execution_id RETURNING t.execution_id)
SELECT count(*) FROM runs
