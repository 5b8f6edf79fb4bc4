-- when: EXISTS (SELECT FROM pg_proc WHERE oid >= 16384 AND prokind = 'a')
-- More of the functions that are aggregates.
SELECT 'pg_proc'::regclass, aggfnoid::oid, 0, NULL,
  json_build_object(
    'aggregate', concat_ws(' ', aggkind, aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn,
      aggmtransfn, aggminvtransfn, aggmfinalfn, aggfinalextra, aggmfinalextra, aggfinalmodify, aggmfinalmodify,
      CASE WHEN aggsortop <> 0 THEN aggsortop::regoperator END, aggtranstype::regtype, aggtransspace,
      quote_nullable(agginitval), quote_nullable(aggminitval)))
FROM pg_aggregate
WHERE aggfnoid::oid >= 16384
