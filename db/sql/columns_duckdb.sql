SELECT schema_name, table_name, column_name, data_type
FROM duckdb_columns()
WHERE database_name = current_database() AND NOT internal
  AND (schema_name, table_name) IN (
      SELECT (schema_name, table_name) FROM duckdb_tables()
      WHERE database_name = current_database() AND NOT temporary
  )
ORDER BY schema_name, table_name, column_index
