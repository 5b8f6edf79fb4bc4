-- when: EXISTS (SELECT FROM pg_publication)
-- Publications. Members are read from the dependencies, where every version has them: a table, or a schema since 15.
-- What the server derives from them is left out, or adding a column to a published table would look like a change of
-- the publication; so only columns and row filters that were requested (since 15) are included.
SELECT 'pg_publication'::regclass, p.oid, 0, 'publication ' || quote_ident(p.pubname),
  json_build_object(
    'owner', p.pubowner::regrole,
    'all tables', p.puballtables,
    'via root', p.pubviaroot,
    'generated columns', to_jsonb(p) ->> 'pubgencols',
    'publishes', concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
      CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
    'members', (SELECT string_agg(identity, E'\n' ORDER BY identity COLLATE "C")
      FROM pg_depend, pg_identify_object(classid, objid, objsubid)
      WHERE refclassid = 'pg_publication'::regclass AND refobjid = p.oid),
    'columns', (SELECT string_agg(prrelid::regclass || '.' || quote_ident(attname), E'\n'
        ORDER BY prrelid::regclass::text COLLATE "C", attnum)
      FROM pg_publication_rel AS r JOIN pg_attribute ON attrelid = prrelid
      WHERE prpubid = p.oid AND to_jsonb(r) -> 'prattrs' @> to_jsonb(attnum)),
    'filters', (SELECT string_agg(filter, E'\n' ORDER BY filter COLLATE "C")
      FROM (SELECT format('%I.%I ', schemaname, tablename) || (to_jsonb(t) ->> 'rowfilter')
        FROM pg_publication_tables AS t WHERE t.pubname = p.pubname) AS t (filter)))
FROM pg_publication AS p
