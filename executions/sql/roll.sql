-- Keeps the figures of the next span, up to a minute ago: what commits late has ended by then. The marker's row says from when on;
-- whoever holds it rolls,
-- and gets no row when that is somebody else. A span is at most six hours, so that one that is behind for weeks catches up step by step.
WITH marker AS MATERIALIZED (
  SELECT until AS since, least(until + interval '6 hours', now() - interval '1 minute') AS until
  FROM executions_figuresuntil WHERE id = 1 FOR UPDATE SKIP LOCKED
), kept AS (
  INSERT INTO executions_hour AS h (org_id, module_id, hour, completed, failed, timed_out, cancelled, lost, durations, cost_usd, tokens)
  SELECT f.* FROM marker m, executions_figures(m.since, m.until, NULL) f WHERE m.until > m.since
  ON CONFLICT (org_id, module_id, hour) DO UPDATE SET
    completed = h.completed + excluded.completed, failed = h.failed + excluded.failed,
    timed_out = h.timed_out + excluded.timed_out, cancelled = h.cancelled + excluded.cancelled, lost = h.lost + excluded.lost,
    durations = executions_durations_sum(h.durations, excluded.durations),
    cost_usd = h.cost_usd + excluded.cost_usd, tokens = h.tokens + excluded.tokens), moved AS (UPDATE executions_figuresuntil u SET until = m.until FROM marker m WHERE u.id = 1 AND m.until > m.since)
SELECT m.until < now() - interval '2 minutes' AS behind FROM marker m
