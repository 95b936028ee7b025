-- Events after a seq of each of these executions, oldest first: up to most, and most_bytes (the first one in any case). The last column
-- says how many there were before the bytes were counted.
SELECT e.execution_id, e.seq, e.attempt, e.kind, e.level, e.message, e.data, e.at, e.there
FROM unnest(%(ids)s::text[], %(afters)s::bigint[]) AS w(id, after)
CROSS JOIN LATERAL (
  SELECT p.*, count(*) OVER () AS there,
         sum(octet_length(p.message) + coalesce(octet_length(p.data), 0)) OVER (ORDER BY p.seq ROWS UNBOUNDED PRECEDING)
           - octet_length(p.message) - coalesce(octet_length(p.data), 0) AS before
  FROM (SELECT v.execution_id, v.seq, v.attempt, v.kind, v.level, v.message, v.data::text AS data, v.at
        FROM executions_event v
        WHERE v.execution_id = w.id AND v.seq > w.after AND (%(private)s OR v.kind <> 'traceback')
        ORDER BY v.seq LIMIT %(most)s) p) e
WHERE e.before < %(most_bytes)s
ORDER BY e.seq
