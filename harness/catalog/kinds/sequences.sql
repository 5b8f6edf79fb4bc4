-- More of sequences. The last value is data, not schema.
SELECT 'pg_class'::regclass, s.seqrelid, 0, NULL,
  json_build_object(
    'sequence', format('%s start %s increment %s from %s to %s cache %s%s', seqtypid::regtype, seqstart,
      seqincrement, seqmin, seqmax, seqcache, CASE WHEN seqcycle THEN ' cycle' END),
    'owned by', (SELECT (pg_identify_object(refclassid, refobjid, refobjsubid)).identity FROM pg_depend
      WHERE classid = 'pg_class'::regclass AND objid = s.seqrelid AND objsubid = 0
        AND refclassid = 'pg_class'::regclass AND refobjsubid > 0 AND deptype IN ('a', 'i')))
FROM pg_sequence AS s
