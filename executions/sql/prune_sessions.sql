-- Who signed in and has not been seen since: the session is worthless, its row is not deleted by Django.
WITH expired AS MATERIALIZED (
  SELECT s.session_key FROM django_session s WHERE s.expire_date < now() LIMIT %(most)s
), deleted AS (
  DELETE FROM django_session s USING expired e WHERE s.session_key = e.session_key RETURNING s.session_key)
SELECT count(*) FROM deleted
