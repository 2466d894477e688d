-- What others hung on sales_aggregated and a rebuilt table would silently lack.
SELECT 'the trigger ' || tgname FROM pg_trigger
WHERE tgrelid = 'sales_aggregated'::regclass AND NOT tgisinternal
UNION ALL
SELECT 'the policy ' || polname FROM pg_policy WHERE polrelid = 'sales_aggregated'::regclass
UNION ALL
SELECT 'the publication ' || pubname FROM pg_publication p
JOIN pg_publication_rel r ON r.prpubid = p.oid WHERE r.prrelid = 'sales_aggregated'::regclass
UNION ALL
SELECT 'the foreign key ' || conname || ' of ' || conrelid::regclass FROM pg_constraint
WHERE confrelid = 'sales_aggregated'::regclass AND contype = 'f'
UNION ALL
SELECT 'the privileges on the column ' || attname FROM pg_attribute
WHERE attrelid = 'sales_aggregated'::regclass AND attacl IS NOT NULL
UNION ALL
SELECT 'the storage parameters ' || array_to_string(reloptions, ', ') FROM pg_class
WHERE oid = 'sales_aggregated'::regclass AND reloptions IS NOT NULL
UNION ALL
SELECT 'the materialized view ' || v.relname
FROM pg_depend d
JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'm'
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = 'sales_aggregated'::regclass
ORDER BY 1
