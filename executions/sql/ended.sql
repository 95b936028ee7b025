-- How runs ended since then, added up by `key`; with how long they took, unless nobody asks.
WITH found AS MATERIALIZED (
  SELECT {key} AS key, h.* FROM executions_hourly(%(since)s, %(orgs)s::text[], %(modules)s::text[]) h
), spread AS (
  SELECT b.key, jsonb_object_agg(b.bucket, b.runs) AS durations
  FROM (SELECT f.key, d.bucket, sum(d.runs::bigint) AS runs FROM found f, jsonb_each_text(f.durations) AS d(bucket, runs)
        WHERE %(durations)s GROUP BY 1, 2) b GROUP BY 1)
SELECT f.key, sum(f.completed)::bigint, sum(f.failed)::bigint, sum(f.timed_out)::bigint, sum(f.cancelled)::bigint, sum(f.lost)::bigint,
  coalesce((SELECT s.durations FROM spread s WHERE s.key = f.key), '{{}}'), sum(f.cost_usd), sum(f.tokens)::bigint
FROM found f GROUP BY f.key
