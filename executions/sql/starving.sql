-- Runs that wait although they may start, and runs whose worker was lost and that nobody reaped; at most 1,000 are counted.
-- Caps are left out: whoever asks knows already that no worker looks at the queue.
SELECT count(*) FROM (
  (SELECT 1 FROM executions_run r
   WHERE state = 'queued' AND lane IN ('io', 'cpu') AND available_at < now() - make_interval(secs => %(patience_s)s)
     AND NOT EXISTS (SELECT 1 FROM executions_killswitch k WHERE k.paused)
     AND NOT EXISTS (SELECT 1 FROM modules_policy m WHERE m.module_id = r.module_id AND m.paused)
     AND NOT EXISTS (SELECT 1 FROM tenancy_policy t WHERE t.org_id = r.org_id AND t.paused)
   LIMIT 1000)
  UNION ALL
  (SELECT 1 FROM executions_run
   WHERE state = 'running' AND lease_until < now() - make_interval(secs => %(patience_s)s) LIMIT 1000)) starving
