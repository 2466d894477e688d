"""The store: one set of tables on PostgreSQL and on embedded DuckDB, one module per aggregate."""
