-- What must be made anew when sales_aggregated is rebuilt: keys, indexes, views and privileges,
-- as the statements that make them, in order. No CREATE INDEX of a key's own index.
SELECT statement FROM (
    SELECT 1 AS step, con.conname AS name,
           'ALTER TABLE sales_aggregated ADD CONSTRAINT ' || quote_ident(con.conname) || ' '
           || pg_get_constraintdef(con.oid) AS statement
    FROM pg_constraint con
    WHERE con.conrelid = 'sales_aggregated'::regclass AND con.contype = 'u'
    UNION ALL
    SELECT 2, i.relname, replace(pg_get_indexdef(i.oid), ' ON ONLY ', ' ON ')
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    WHERE x.indrelid = 'sales_aggregated'::regclass
      AND NOT EXISTS (SELECT FROM pg_constraint con WHERE con.conindid = i.oid)
    UNION ALL
    SELECT 3, acl.privilege_type,
           'GRANT ' || acl.privilege_type || ' ON sales_aggregated TO '
           || CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END
           || CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    FROM pg_class t, aclexplode(t.relacl) acl
    WHERE t.oid = 'sales_aggregated'::regclass AND acl.grantee <> t.relowner
) parts
ORDER BY step, name
