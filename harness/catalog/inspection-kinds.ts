/** Defines how each kind of object and its properties are queried in the system catalogs (pure). */
import { escapeLiteral } from "pg";
import {
  columnKind,
  indexKind,
  matchInRelation,
  type ObjectKind,
  relationKind,
  splitName,
} from "./inspection-relations.ts";

const routine: ObjectKind = {
  catalog: "pg_proc",
  name: "oid::regprocedure",
  where: (name) => `oid = to_regprocedure(${escapeLiteral(name)})`,
  properties: {
    arguments: "pg_get_function_arguments(oid)",
    result: "pg_get_function_result(oid)",
    body: "coalesce(pg_get_function_sqlbody(oid), prosrc)",
    language: "(SELECT lanname FROM pg_language WHERE pg_language.oid = prolang)",
    owner: "proowner::regrole",
    volatility: "provolatile",
    strict: "proisstrict",
    "security definer": "prosecdef",
    leakproof: "proleakproof",
    parallel: "proparallel",
    cost: "procost",
    rows: "prorows",
    config: "proconfig",
    aggregate: "(SELECT to_jsonb(pg_aggregate) FROM pg_aggregate WHERE aggfnoid = oid)",
  },
  main: "result",
  grants: "coalesce(proacl, acldefault('f', proowner))",
};

/** Whole rows, because before version 15 they have fewer columns. */
const PUBLISHED =
  "(SELECT json_agg(to_jsonb(members)) FROM pg_publication_tables AS members WHERE members.pubname = pg_publication.pubname)";

export const objectKinds: Readonly<Record<string, ObjectKind>> = {
  table: relationKind,
  view: { ...relationKind, main: "definition" },
  "materialized view": { ...relationKind, main: "definition" },
  "foreign table": relationKind,
  sequence: { ...relationKind, main: "sequence", grants: "coalesce(relacl, acldefault('s', relowner))" },
  function: routine,
  procedure: routine,
  aggregate: routine,
  column: columnKind,
  constraint: {
    catalog: "pg_constraint",
    name: "conname",
    where: (name) => {
      const [owner, own] = splitName(name);

      return `conname = ${own}
  AND (conrelid = to_regclass(${owner}) OR contypid = to_regtype(${owner}))`;
    },
    properties: {
      definition: "pg_get_constraintdef(oid)",
      validated: "convalidated",
      enforced: "to_jsonb(pg_constraint) -> 'conenforced'",
      deferrable: "condeferrable",
      deferred: "condeferred",
      inherited: "coninhcount",
      triggers: "(SELECT array_agg(tgenabled) FROM pg_trigger WHERE tgconstraint = pg_constraint.oid)",
    },
    main: "definition",
  },
  index: indexKind,
  trigger: {
    catalog: "pg_trigger",
    name: "tgname",
    where: (name) => matchInRelation("tgrelid", "tgname", name),
    properties: { definition: "pg_get_triggerdef(oid)", enabled: "tgenabled" },
    main: "definition",
  },
  rule: {
    catalog: "pg_rewrite",
    name: "rulename",
    where: (name) => matchInRelation("ev_class", "rulename", name),
    properties: { definition: "pg_get_ruledef(oid)", enabled: "ev_enabled" },
    main: "definition",
  },
  policy: {
    catalog: "pg_policy",
    name: "polname",
    where: (name) => matchInRelation("polrelid", "polname", name),
    properties: {
      command: "polcmd",
      permissive: "polpermissive",
      roles: "polroles::regrole[]",
      using: "pg_get_expr(polqual, polrelid)",
      check: "pg_get_expr(polwithcheck, polrelid)",
    },
    main: "using",
  },
  type: {
    catalog: "pg_type",
    name: "oid::regtype",
    where: (name) => `oid = to_regtype(${escapeLiteral(name)})`,
    properties: {
      kind: "typtype",
      owner: "typowner::regrole",
      base: "format_type(typbasetype, typtypmod)",
      default: "typdefault",
      nullable: "NOT typnotnull",
      collation: "nullif(typcollation, 0)::regcollation",
    },
    main: "kind",
    grants: "coalesce(typacl, acldefault('T', typowner))",
  },
  label: {
    catalog: "pg_enum",
    name: "enumlabel",
    where: (name) => {
      const at = name.indexOf(".'");
      const label = name.slice(at + 1);

      return `enumtypid = to_regtype(${escapeLiteral(name.slice(0, at))}) AND enumlabel = ${label}`;
    },
    properties: {
      position: `(SELECT string_agg(other.enumlabel, ', ' ORDER BY other.enumsortorder) FROM pg_enum AS other
  WHERE other.enumtypid = pg_enum.enumtypid)`,
    },
    main: "position",
  },
  schema: {
    catalog: "pg_namespace",
    name: "nspname",
    where: (name) => `oid = to_regnamespace(${escapeLiteral(name)})`,
    properties: { owner: "nspowner::regrole" },
    main: "owner",
    grants: "coalesce(nspacl, acldefault('n', nspowner))",
  },
  operator: {
    catalog: "pg_operator",
    name: "oid::regoperator",
    where: (name) => `oid = to_regoperator(${escapeLiteral(name)})`,
    properties: { owner: "oprowner::regrole", function: "oprcode", result: "oprresult::regtype" },
    main: "function",
  },
  statistics: {
    catalog: "pg_statistic_ext",
    name: "stxname",
    where: (name) => {
      const [schema, own] = splitName(name);

      return `stxnamespace = to_regnamespace(${schema}) AND stxname = ${own}`;
    },
    properties: {
      definition: "pg_get_statisticsobjdef(oid)",
      owner: "stxowner::regrole",
      statistics: "stxstattarget",
    },
    main: "definition",
  },
  publication: {
    catalog: "pg_publication",
    name: "pubname",
    where: (name) => `pubname = ${splitName(name)[1]}`,
    properties: {
      owner: "pubowner::regrole",
      "all tables": "puballtables",
      "via root": "pubviaroot",
      members: PUBLISHED,
      columns: PUBLISHED,
      filters: PUBLISHED,
    },
    main: "owner",
  },
  extension: {
    catalog: "pg_extension",
    name: "extname",
    where: (name) => `extname = ${splitName(name)[1]}`,
    properties: { version: "extversion", schema: "extnamespace::regnamespace", owner: "extowner::regrole" },
    main: "version",
  },
  "event trigger": {
    catalog: "pg_event_trigger",
    name: "evtname",
    where: (name) => `evtname = ${splitName(name)[1]}`,
    properties: {
      owner: "evtowner::regrole",
      event: "evtevent",
      function: "evtfoid::regprocedure",
      tags: "evttags",
      enabled: "evtenabled",
    },
    main: "event",
  },
};

/** Of kinds that have no query of their own: the catalog that all of theirs are listed from. */
export const listedCatalogs: Readonly<Record<string, string>> = {
  cast: "pg_cast",
  collation: "pg_collation",
  conversion: "pg_conversion",
  "operator class": "pg_opclass",
  "operator family": "pg_opfamily",
  "text search configuration": "pg_ts_config",
  "text search dictionary": "pg_ts_dict",
  "text search parser": "pg_ts_parser",
  "text search template": "pg_ts_template",
  "foreign-data wrapper": "pg_foreign_data_wrapper",
  server: "pg_foreign_server",
  language: "pg_language",
  "access method": "pg_am",
  transform: "pg_transform",
};
