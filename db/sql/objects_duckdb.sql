SELECT 'view ' || schema_name || '.' || view_name AS object
FROM duckdb_views() WHERE database_name = current_database() AND NOT internal AND NOT temporary
UNION ALL
SELECT 'sequence ' || schema_name || '.' || sequence_name
FROM duckdb_sequences() WHERE database_name = current_database() AND NOT temporary
UNION ALL
SELECT 'index ' || schema_name || '.' || index_name
FROM duckdb_indexes() WHERE database_name = current_database()
UNION ALL
SELECT 'constraint of ' || schema_name || '.' || table_name || ': ' || constraint_text
FROM duckdb_constraints() WHERE database_name = current_database()
ORDER BY object
