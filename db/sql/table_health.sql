-- Each table with its partitions taken together.
SELECT c.relname AS table_name,
       CAST(sum(pg_total_relation_size(tree.relid)) AS bigint) AS size_bytes,
       CAST(sum(st.n_dead_tup) AS bigint) AS dead_rows,
       max(greatest(st.last_vacuum, st.last_autovacuum)) AS vacuumed_at,
       max(greatest(st.last_analyze, st.last_autoanalyze)) AS analyzed_at
FROM pg_class c
CROSS JOIN LATERAL (
    SELECT c.oid AS relid
    UNION
    SELECT relid FROM pg_partition_tree(c.oid)
) tree
LEFT JOIN pg_stat_all_tables st ON st.relid = tree.relid
WHERE c.relnamespace = CAST(current_schema() AS regnamespace)
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
GROUP BY c.relname
