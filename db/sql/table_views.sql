-- The views that read sales_aggregated, as statements that make them read its successor: replaced
-- and not dropped, they keep their privileges and what depends on them.
SELECT DISTINCT 'CREATE OR REPLACE VIEW ' || v.oid::regclass
       || COALESCE(' WITH (' || array_to_string(v.reloptions, ', ') || ')', '')
       || ' AS ' || pg_get_viewdef(v.oid)
FROM pg_depend d
JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = 'sales_aggregated'::regclass
