-- What runs that ended since then cost together: what is kept, and what ended after that. A month of all organizations may be some
-- 100,000 rows; executions_hourly() would carry the outcomes and durations of all of them along.
SELECT (SELECT coalesce(sum(h.cost_usd), 0) FROM executions_hour h
        WHERE h.hour >= %(since)s AND (%(orgs)s::text[] IS NULL OR h.org_id = ANY (%(orgs)s)))
     + (SELECT coalesce(sum(f.cost_usd), 0) FROM executions_figures(
          greatest(%(since)s, (SELECT u.until FROM executions_figuresuntil u WHERE u.id = 1)),
          now() + interval '1 second', %(orgs)s::text[]) f)
