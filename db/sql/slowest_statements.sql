SELECT s.calls,
       s.total_exec_time AS total_ms,
       s.mean_exec_time AS mean_ms,
       left(regexp_replace(s.query, '\s+', ' ', 'g'), 200) AS query
FROM pg_stat_statements s
JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = current_database()
ORDER BY s.total_exec_time DESC
LIMIT :slowest
