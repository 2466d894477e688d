-- All that a database has besides rows; what extensions brought is theirs.
WITH ours AS (
    SELECT oid FROM pg_namespace
    WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%'
), found AS (
    SELECT 'pg_class'::regclass AS class, c.oid,
           CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view '
                          WHEN 'S' THEN 'sequence ' WHEN 'i' THEN 'index ' WHEN 'I' THEN 'index '
                          ELSE 'table ' END
           || c.relnamespace::regnamespace || '.' || c.relname AS object
    FROM pg_class c WHERE c.relnamespace IN (SELECT oid FROM ours)
      AND c.relkind IN ('v', 'm', 'S', 'i', 'I', 'r', 'p')
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, 'function ' || p.oid::regprocedure
    FROM pg_proc p WHERE p.pronamespace IN (SELECT oid FROM ours)
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid,
           'constraint ' || k.conname || ' of ' || k.conrelid::regclass
    FROM pg_constraint k WHERE k.connamespace IN (SELECT oid FROM ours) AND k.conrelid <> 0
    UNION ALL
    SELECT 'pg_trigger'::regclass, g.oid, 'trigger ' || g.tgname || ' of ' || g.tgrelid::regclass
    FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
    WHERE NOT g.tgisinternal AND t.relnamespace IN (SELECT oid FROM ours)
)
SELECT object FROM found
WHERE NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = found.class AND d.objid = found.oid AND d.deptype = 'e')
ORDER BY object
