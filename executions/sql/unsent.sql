-- Runs of a lane that could be claimed and have waited for a while: the messages that named them may be lost. Oldest first; with
-- each the number of all that could be claimed now. Only one worker is told, the first of those that live.
SELECT execution_id, total FROM (
  SELECT r.execution_id, r.available_at, count(*) OVER () AS total
  FROM executions_run r
  WHERE r.state = 'queued' AND r.lane = %(lane)s AND r.available_at <= now()
    AND NOT EXISTS (SELECT 1 FROM executions_killswitch k WHERE k.paused)
    AND NOT EXISTS (SELECT 1 FROM modules_policy m WHERE m.module_id = r.module_id AND m.paused)
    AND NOT EXISTS (SELECT 1 FROM tenancy_policy t WHERE t.org_id = r.org_id AND t.paused)
    AND %(worker)s = (SELECT min(w.id) FROM executions_worker w WHERE w.beat_at > now() - interval '15 s')) waiting
WHERE available_at <= now() - make_interval(secs => %(after_s)s)
ORDER BY available_at LIMIT 1000
