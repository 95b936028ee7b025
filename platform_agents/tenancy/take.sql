-- Takes tokens out of several buckets, or out of none: `need` from each, and up to `wants` (a chunk, for a process to spend by
-- itself) where there is more, never above a quarter of a second's worth. rates: tokens a second, NULL for no limit; bursts: the
-- buckets' sizes; for the bucket of the organization itself, its policy may say otherwise.
-- A bucket without a row is full. A need above the size asks for a full bucket and leaves it in debt, so that it is never refused
-- for good, and the sum over time stays the rate's.
-- Returns what was granted (0 from each, or at least `need` from each), the seconds until `need` will be there, and the figures
-- that held. Locks in the order of names, so that two processes never wait for each other. Times are read after the lock.
CREATE OR REPLACE FUNCTION tenancy_take(
  org text, names text[], rates float8[], bursts float8[], need float8, wants float8[])
RETURNS TABLE (bucket text, granted float8, wait_s float8, rate float8, burst float8)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  own_rate float8; own_burst float8; moment timestamptz;
  its int := array_position(names, 'org:' || org);
BEGIN
  IF its IS NOT NULL THEN
    SELECT p.rate_per_s, p.rate_burst INTO own_rate, own_burst FROM tenancy_policy p WHERE p.org_id = org;
    rates[its] := coalesce(own_rate, rates[its]);
    bursts[its] := coalesce(own_burst, bursts[its], greatest(1, own_rate));
  END IF;
  INSERT INTO tenancy_bucket (name, tokens, filled_at)
  SELECT a.name, 'Infinity', clock_timestamp() FROM unnest(names, rates) AS a(name, rate)
  WHERE a.rate IS NOT NULL ORDER BY a.name
  ON CONFLICT (name) DO NOTHING;
  PERFORM FROM tenancy_bucket b WHERE b.name = ANY (names) ORDER BY b.name FOR UPDATE;
  moment := clock_timestamp();
  RETURN QUERY
  WITH filled AS (
    SELECT a.name, a.rate, a.burst, a.want,
           least(a.burst, b.tokens + a.rate * greatest(0, extract(epoch FROM moment - b.filled_at)::float8)) AS tokens
    FROM unnest(names, rates, bursts, wants) AS a(name, rate, burst, want)
    LEFT JOIN tenancy_bucket b ON b.name = a.name
  ), decided AS (
    SELECT f.*, bool_and(f.rate IS NULL OR f.tokens >= least(need, f.burst)) OVER () AS enough FROM filled f
  ), granting AS (
    SELECT d.*,
           CASE WHEN NOT d.enough THEN 0 WHEN d.rate IS NULL THEN 'Infinity'
                ELSE greatest(need, least(d.want, d.tokens, d.rate / 4)) END AS given,
           CASE WHEN d.rate IS NULL THEN 0 ELSE greatest(0, (least(need, d.burst) - d.tokens) / d.rate) END AS missing_s
    FROM decided d
  ), taken AS (
    UPDATE tenancy_bucket b SET tokens = g.tokens - g.given, filled_at = greatest(b.filled_at, moment)
    FROM granting g WHERE b.name = g.name AND g.rate IS NOT NULL AND g.given > 0
  )
  SELECT g.name, g.given, g.missing_s, g.rate, g.burst FROM granting g;
END $$;
