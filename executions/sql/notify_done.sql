SELECT pg_notify('run_done', id), set_config('synchronous_commit', 'off', true) FROM unnest(%s::text[]) AS id
