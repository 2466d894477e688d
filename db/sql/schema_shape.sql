-- One line for each thing that makes up the named tables, views and functions of the schema.
WITH ours AS (
    SELECT oid, relname, relkind FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace
      AND relname = ANY (CAST(:names AS name[]))
)
SELECT format('%s is a %s', relname, relkind) AS line FROM ours
UNION ALL
SELECT format('%s column %s %s %s, NOT NULL: %s, %s%s%s', relname, attnum, attname,
              format_type(atttypid, atttypmod), attnotnull, attgenerated, attidentity,
              pg_get_expr(adbin, adrelid))
FROM ours
JOIN pg_attribute a ON attrelid = ours.oid AND attnum > 0
LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
WHERE relkind <> 'S'
UNION ALL
SELECT format('%s constraint %s %s', relname, conname, pg_get_constraintdef(k.oid))
FROM ours JOIN pg_constraint k ON conrelid = ours.oid
UNION ALL
SELECT format('%s: %s', relname, pg_get_indexdef(indexrelid, 0, true))
FROM ours JOIN pg_index ON indrelid = ours.oid
UNION ALL
SELECT format('%s trigger %s', relname, pg_get_triggerdef(pg_trigger.oid, true))
FROM ours JOIN pg_trigger ON tgrelid = ours.oid WHERE NOT tgisinternal
UNION ALL
SELECT format('%s rule %s', relname, rulename) FROM ours JOIN pg_rewrite r ON ev_class = ours.oid
UNION ALL
SELECT format('%s view %s', relname, pg_get_viewdef(oid)) FROM ours WHERE relkind = 'v'
UNION ALL
SELECT format('function %s(%s) %s %s %s', proname, pg_get_function_arguments(oid),
              pg_get_function_result(oid), provolatile, prosrc)
FROM pg_proc
WHERE pronamespace = current_schema()::regnamespace
  AND proname = ANY (CAST(:names AS name[]))
