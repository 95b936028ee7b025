-- The claim: one statement for the caller, `SELECT * FROM executions_claim(...)`, in autocommit. Never inside a longer
-- transaction, which would hold the claim lock for all of it.
--   p_after   cursor: the `cursor_org` of this worker's previous claim, '' at first
--   p_window  organizations weighed per claim at most; the cost of a claim is bounded by it, not by how many have work
-- Order: fewest running per weight first, ties in ring order after the cursor; inside an organization priority, then age.
-- At most one claim runs at a time (advisory lock), so order and caps are exact; it commits without waiting for the WAL.
-- A run has the config that it was accepted with; without a version (executions of older releases) the module's of today.
-- What holds a run back is said in limits.sql, for `waiting.sql` too.
-- What looks odd here was measured; docs/decisions/0003-claim-function.md tells why.
CREATE OR REPLACE FUNCTION executions_claim(p_lane text, p_k int, p_worker text, p_lease interval DEFAULT '20 s',
                                            p_after text DEFAULT '', p_window int DEFAULT 16)
RETURNS TABLE (execution_id text, org_id text, module_id text, agent text, attempt int, max_attempts int, suspect boolean,
               timeout_s double precision, backoff_s double precision, at_most_once boolean, circuit boolean, depth smallint,
               priority smallint, capped boolean, remaining_s double precision, late boolean, module_status text, config text, endpoint text,
               input text, task_id text, row_gone boolean, config_gone boolean, checkpointed boolean, decisions int, cursor_org text)
LANGUAGE plpgsql VOLATILE
SET search_path = platform_agents, public
SET plan_cache_mode = force_generic_plan SET jit = off              -- plans must not follow the statistics of a queue: it is
SET enable_seqscan = off SET enable_bitmapscan = off                -- empty when analyzed and full when read
SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE v_ids text[]; v_late text[]; v_free text[]; v_cursor text; v_once boolean; v_single boolean := false;
BEGIN
  -- Every statement below takes its snapshot after the lock is held. (A lock taken inside the big statement itself would not do:
  -- that statement's snapshot is older than its lock, and caps are exceeded.)
  PERFORM pg_advisory_xact_lock(7203001);
  IF EXISTS (SELECT 1 FROM executions_killswitch k WHERE k.paused) THEN RETURN; END IF;

  -- One run alone, the usual case of a system that is not busy, needs no ring: only its limits are asked.
  SELECT array_agg(q.execution_id), max(q.org_id) INTO v_ids, v_cursor
  FROM (SELECT q.execution_id, q.org_id FROM executions_run q WHERE q.state = 'queued' AND q.lane = p_lane LIMIT 2) q;
  IF v_ids IS NULL THEN RETURN; END IF;
  IF cardinality(v_ids) = 1 THEN
    SELECT q.at_most_once, CASE WHEN q.start_by <= now() THEN v_ids ELSE '{}' END INTO v_once, v_late
    FROM executions_run q JOIN public.module_executions e ON e.id = q.execution_id
    CROSS JOIN LATERAL executions_org_limits(q.org_id) o
    LEFT JOIN LATERAL executions_module_limits(q.org_id, q.module_id) m ON true
    WHERE q.execution_id = v_ids[1] AND q.lease_until IS NULL AND q.outcome IS NULL AND q.available_at <= now()
      AND NOT o.paused AND (o.room IS NULL OR o.room > 0) AND m.paused IS NOT TRUE AND (m.room IS NULL OR m.room > 0)
    FOR UPDATE OF q, e SKIP LOCKED;
    v_single := FOUND;
  END IF;
  IF NOT v_single THEN                                              -- several, or one that is held back, locked or without a row

  -- Walk the ring of organizations with queued runs: one index descent each, its load, its best runs. Stops at p_window
  -- organizations that have something claimable, or at p_k of them with nothing running, which nothing further on can beat.
  -- OFFSET 0 keeps each LATERAL a node of its own: inlined, every mention of `org` would repeat its index descents (35 subplans).
  WITH RECURSIVE walk AS (
      SELECT p_after AS org, 1 AS lap, 0 AS running, 1::double precision AS weight, NULL::text[] AS ids, 0 AS idle, 0 AS seat
    UNION ALL
      SELECT s.org, s.lap, o.running, o.weight, own.ids,
             walk.idle + (o.running = 0 AND own.ids IS NOT NULL)::int, walk.seat + (own.ids IS NOT NULL)::int
      FROM walk
      CROSS JOIN LATERAL (SELECT (SELECT q.org_id FROM executions_run q WHERE q.state = 'queued' AND q.lane = p_lane
          AND q.org_id > walk.org ORDER BY q.org_id LIMIT 1) AS org OFFSET 0) f
      CROSS JOIN LATERAL (SELECT CASE WHEN f.org IS NULL THEN 2 ELSE walk.lap END AS lap,
          CASE WHEN f.org IS NULL AND walk.lap = 1 THEN (SELECT q.org_id FROM executions_run q WHERE q.state = 'queued' AND q.lane = p_lane
                                                         ORDER BY q.org_id LIMIT 1) ELSE f.org END AS org OFFSET 0) s
      CROSS JOIN LATERAL (                                          -- least() ignores NULL: no limit
        SELECT l.running, l.weight, CASE WHEN l.paused THEN 0 ELSE least(p_k, l.room) END AS room
        FROM executions_org_limits(s.org) l OFFSET 0) o
      CROSS JOIN LATERAL (
        SELECT array_agg(h.execution_id ORDER BY h.priority, h.available_at, h.execution_id) AS ids FROM (
          SELECT c.execution_id, c.priority, c.available_at FROM (
            WITH RECURSIVE pile AS (                                -- the (gate, priority) piles of this organization, usually one
                (SELECT q.gate, q.priority FROM executions_run q
                 WHERE q.state = 'queued' AND q.lane = p_lane AND q.org_id = s.org ORDER BY q.gate, q.priority LIMIT 1)
              UNION ALL
                SELECT n.gate, n.priority FROM pile CROSS JOIN LATERAL (
                  SELECT q.gate, q.priority FROM executions_run q
                  WHERE q.state = 'queued' AND q.lane = p_lane AND q.org_id = s.org AND (q.gate, q.priority) > (pile.gate, pile.priority)
                  ORDER BY q.gate, q.priority LIMIT 1) n)
            SELECT r.execution_id, pile.priority, r.available_at, r.room,
                   row_number() OVER (PARTITION BY r.module_id ORDER BY pile.priority, r.available_at) AS nth
            FROM pile
            LEFT JOIN LATERAL (                                     -- a closed gate is not opened, whatever lies behind it
              SELECT l.paused OR l.room <= 0 AS closed
              FROM executions_module_limits(s.org, pile.gate) l WHERE pile.gate <> '') g ON true
            CROSS JOIN LATERAL (                                    -- the gate is a hint; each run's own policy decides
              SELECT q.execution_id, q.module_id, q.available_at, l.room FROM executions_run q
              LEFT JOIN LATERAL executions_module_limits(s.org, q.module_id) l ON true
              WHERE q.state = 'queued' AND q.lane = p_lane AND q.org_id = s.org AND q.gate = pile.gate AND q.priority = pile.priority
                AND q.available_at <= now() AND l.paused IS NOT TRUE AND (l.room IS NULL OR l.room > 0)
              ORDER BY q.available_at LIMIT p_k) r
            WHERE g.closed IS NOT TRUE AND o.room > 0
          ) c WHERE c.room IS NULL OR c.nth <= c.room
          ORDER BY c.priority, c.available_at, c.execution_id LIMIT greatest(o.room, 0)) h) own
      WHERE s.org IS NOT NULL AND (s.lap = 1 OR s.org <= p_after)
        AND walk.idle < p_k AND walk.seat < greatest(p_window, p_k)
  ), chosen AS (                                                    -- lowest load first, ties in ring order
    SELECT i.id, walk.org, walk.seat, (walk.running + i.nth - 1) / walk.weight AS load
    FROM walk CROSS JOIN LATERAL unnest(walk.ids) WITH ORDINALITY AS i(id, nth)
    ORDER BY load, walk.seat, i.nth LIMIT p_k)
  SELECT array_agg(id), (array_agg(org ORDER BY seat DESC))[1] INTO v_ids, v_cursor FROM chosen;
  IF v_ids IS NULL THEN RETURN; END IF;

  -- Still queued? Said without state = 'queued': with that the planner may read the whole queue index instead of k keys.
  -- SKIP LOCKED: a cancel in flight, or an admin's open transaction, must not stop every claim.
  SELECT array_agg(x.execution_id), bool_or(x.at_most_once), coalesce(array_agg(x.execution_id) FILTER (WHERE x.start_by <= now()), '{}')
    INTO v_ids, v_once, v_late
  FROM (SELECT r.execution_id, r.at_most_once, r.start_by FROM executions_run r
        WHERE r.execution_id = ANY (v_ids) AND r.lease_until IS NULL AND r.outcome IS NULL FOR UPDATE SKIP LOCKED) x;
  -- The same for the shared rows: the gateway may hold one. A row that is gone is kept and reported as row_gone.
  v_free := ARRAY(SELECT e.id FROM public.module_executions e WHERE e.id = ANY (v_ids) FOR NO KEY UPDATE SKIP LOCKED);
  v_ids := ARRAY(SELECT i FROM unnest(v_ids) i
                 WHERE CASE WHEN i = ANY (v_free) THEN true ELSE NOT EXISTS (SELECT 1 FROM public.module_executions e WHERE e.id = i) END);
  IF v_ids = '{}' THEN RETURN; END IF;
  END IF;
  -- set_config, not a SET clause of the function: that one ends with the function, before the commit.
  IF NOT v_once THEN PERFORM set_config('synchronous_commit', 'off', true); END IF;

  RETURN QUERY
  WITH taken AS (
    UPDATE executions_run r SET state = 'running', attempt = r.attempt + 1, worker = p_worker, claimed_at = now(),
                                lease_until = now() + p_lease, start_by = NULL
    WHERE r.execution_id = ANY (v_ids)
    RETURNING r.execution_id, r.org_id, r.module_id, r.agent, r.attempt, r.max_attempts, r.suspect, r.timeout_s, r.backoff_s,
              r.at_most_once, r.circuit, r.depth, r.priority, r.gate, r.deadline, r.available_at, r.checkpointed, r.decisions,
              r.config_version
  ), shared AS (
    UPDATE public.module_executions e SET status = 'running',     -- one that goes on after a pause is running all the time
      started_at = CASE WHEN e.status = 'running' THEN e.started_at ELSE now() AT TIME ZONE 'utc' END
    WHERE e.id = ANY (v_ids) RETURNING e.id, e.input, e.task_id)
  SELECT t.execution_id, t.org_id, t.module_id, t.agent, t.attempt, t.max_attempts, t.suspect, t.timeout_s, t.backoff_s,
         t.at_most_once, t.circuit, t.depth, t.priority,
         t.gate <> '' OR EXISTS (SELECT 1 FROM tenancy_policy p WHERE p.org_id = t.org_id AND p.concurrency IS NOT NULL),
         extract(epoch FROM t.deadline - now())::double precision,
         t.execution_id = ANY (v_late), m.status::text,
         CASE WHEN t.config_version IS NULL THEN m.config ELSE v.config END,
         CASE WHEN t.config_version IS NULL THEN m.endpoint ELSE v.endpoint END,
         s.input, s.task_id::text, s.id IS NULL, t.config_version IS NOT NULL AND v.version IS NULL, t.checkpointed, t.decisions,
         v_cursor
  FROM taken t LEFT JOIN shared s ON s.id = t.execution_id LEFT JOIN public.modules m ON m.id = t.module_id
  LEFT JOIN modules_config_version v ON v.module_id = t.module_id AND v.version = t.config_version
  ORDER BY t.priority, t.available_at, t.execution_id;
END $$;
