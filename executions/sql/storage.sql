-- Heartbeats stay HOT (room on the page, lease_until in no index); vacuum by count, because a share of millions comes too late.
ALTER TABLE executions_run SET (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000,
  autovacuum_vacuum_cost_delay = 1);
