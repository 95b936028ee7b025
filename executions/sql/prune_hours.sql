-- Figures are small, so they outlive the runs: thirteen months, to compare with the same month a year before.
DELETE FROM executions_hour h
WHERE h.hour < now() - interval '400 days' OR NOT EXISTS (SELECT 1 FROM public.organizations o WHERE o.id = h.org_id)
