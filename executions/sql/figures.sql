-- What ended in a span of time, counted by organization, module and hour; said once, for what is kept (roll.sql) and for what has
-- ended since (executions_hourly). durations: {bucket: runs} of the seconds from the last claim to the end; bucket n holds those from
-- 2^(n/4) milliseconds on, so that a percentile read from it is at most a fifth off. cost_usd and tokens: what agents reported.
-- orgs: NULL for all of them. The window is found by a BRIN index on finished_at.
CREATE OR REPLACE FUNCTION executions_figures(since timestamptz, until timestamptz, orgs text[])
RETURNS TABLE (org_id text, module_id text, hour timestamptz, completed bigint, failed bigint, timed_out bigint, cancelled bigint,
               lost bigint, durations jsonb, cost_usd numeric, tokens bigint) LANGUAGE sql STABLE AS $$
  WITH ended AS MATERIALIZED (
    SELECT r.org_id, r.module_id, date_trunc('hour', r.finished_at, 'UTC') AS hour, r.outcome, used.cost_usd, used.tokens,
      CASE WHEN r.claimed_at IS NOT NULL THEN
        greatest(0, floor(4 * log(2, greatest(extract(epoch FROM r.finished_at - r.claimed_at) * 1000, 1))))::int END AS bucket
    FROM platform_agents.executions_run r
    LEFT JOIN LATERAL (
      SELECT sum(CASE WHEN jsonb_typeof(u -> 'cost_usd') = 'number' THEN (u ->> 'cost_usd')::numeric END) AS cost_usd,
             sum(CASE WHEN jsonb_typeof(u -> 'input_tokens') = 'number' THEN (u ->> 'input_tokens')::numeric ELSE 0 END
               + CASE WHEN jsonb_typeof(u -> 'output_tokens') = 'number' THEN (u ->> 'output_tokens')::numeric ELSE 0 END)::bigint AS tokens
      FROM jsonb_array_elements(CASE jsonb_typeof(r.usage) WHEN 'array' THEN r.usage ELSE '[]' END) u) used ON r.usage IS NOT NULL
    WHERE r.finished_at >= since AND r.finished_at < until AND (orgs IS NULL OR r.org_id = ANY (orgs))
  ), spread AS (
    SELECT b.org_id, b.module_id, b.hour, jsonb_object_agg(b.bucket, b.runs) AS durations
    FROM (SELECT e.org_id, e.module_id, e.hour, e.bucket, count(*) AS runs FROM ended e WHERE e.bucket IS NOT NULL
          GROUP BY 1, 2, 3, 4) b GROUP BY 1, 2, 3)
  SELECT e.org_id, e.module_id, e.hour,
    count(*) FILTER (WHERE e.outcome = 'completed'), count(*) FILTER (WHERE e.outcome = 'failed'),
    count(*) FILTER (WHERE e.outcome = 'timed_out'), count(*) FILTER (WHERE e.outcome = 'cancelled'),
    count(*) FILTER (WHERE e.outcome = 'lost'), coalesce(s.durations, '{}'), coalesce(sum(e.cost_usd), 0),
    coalesce(sum(e.tokens), 0)::bigint
  FROM ended e LEFT JOIN spread s ON (s.org_id, s.module_id, s.hour) = (e.org_id, e.module_id, e.hour)
  GROUP BY e.org_id, e.module_id, e.hour, s.durations
$$;
-- Two spreads of durations as one.
CREATE OR REPLACE FUNCTION executions_durations_sum(one jsonb, other jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(k, n), '{}')
  FROM (SELECT k, sum(v::bigint) AS n FROM (SELECT * FROM jsonb_each_text(one) UNION ALL SELECT * FROM jsonb_each_text(other)) b(k, v)
        GROUP BY k) s
$$;
-- What is kept since then, and what ended after that. An hour may come twice, once from each.
CREATE OR REPLACE FUNCTION executions_hourly(since timestamptz, orgs text[], modules text[])
RETURNS TABLE (org_id text, module_id text, hour timestamptz, completed bigint, failed bigint, timed_out bigint, cancelled bigint,
               lost bigint, durations jsonb, cost_usd numeric, tokens bigint) LANGUAGE sql STABLE AS $$
  SELECT h.org_id, h.module_id, h.hour, h.completed, h.failed, h.timed_out, h.cancelled, h.lost, h.durations, h.cost_usd, h.tokens
  FROM platform_agents.executions_hour h
  WHERE h.hour >= since AND (orgs IS NULL OR h.org_id = ANY (orgs)) AND (modules IS NULL OR h.module_id = ANY (modules))
  UNION ALL
  SELECT f.* FROM platform_agents.executions_figures(
    greatest(since, (SELECT u.until FROM platform_agents.executions_figuresuntil u WHERE u.id = 1)), now() + interval '1 second', orgs) f
  WHERE modules IS NULL OR f.module_id = ANY (modules)
$$;
