-- More of whatever has a comment: objects of the user by their number, then the two kinds of which the system has some.
SELECT classoid, objoid, objsubid, NULL, json_build_object('comment', description)
FROM pg_description
WHERE objoid >= 16384
UNION ALL
SELECT classoid, objoid, objsubid, NULL, json_build_object('comment', description)
FROM pg_description
WHERE objoid = ANY (ARRAY(SELECT oid FROM pg_namespace UNION ALL SELECT oid FROM pg_extension)) AND objoid < 16384
