-- One stretch of the log, from `after` on. The log is in the order of time, so the first stretch with a line that is young enough
-- is the last one worth reading. Lines of executions that have not ended stay.
WITH stretch AS MATERIALIZED (
  SELECT seq, execution_id, at < now() - make_interval(days => %(days)s) AS old
  FROM executions_event WHERE seq > %(after)s ORDER BY seq LIMIT %(most)s
), gone AS (
  DELETE FROM executions_event e USING stretch s
  WHERE e.seq = s.seq AND s.old
    AND NOT EXISTS (SELECT 1 FROM executions_run r WHERE r.execution_id = s.execution_id AND r.outcome IS NULL)
  RETURNING e.seq)
SELECT (SELECT count(*) FROM gone), (SELECT max(seq) FROM stretch), (SELECT count(*) FROM stretch WHERE old)
