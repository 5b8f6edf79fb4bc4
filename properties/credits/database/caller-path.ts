/**
 * Makes the same calls by the same role with two search paths: the usual one, and one that finds shadow objects with
 * the names that the functions refer to.
 */
import { type Arbitrary, constantFrom, record, subarray } from "fast-check";
import type { Session } from "../../../harness/database/session.ts";
import { Inconclusive } from "../../../harness/errors.ts";
import type { Evidence, Violation } from "../../../harness/property/verdict.ts";
import type { ScriptPart } from "../../../harness/release/script-part.ts";
import type { FunctionDependencies } from "../../../harness/security/function-dependencies.ts";
import { buildShadowObjects, type ShadowKind, type ShadowObject } from "../../../harness/security/shadow-objects.ts";
import { enterRole, formatSqlError, leaveRole, withRollback } from "../../../harness/security/unprivileged-role.ts";
import { actionOrder, type CreditSchema } from "../model/credit-schema.ts";
import type { Organization } from "../model/model.ts";
import { shadowRows } from "./attack-samples.ts";
import { errorEvidence } from "./evidence.ts";
import { insertOrganizations, literal } from "./sql.ts";

/** Paths that a caller can set; `own` stands for the caller's schema, `public` for that of organizations. */
const PATHS = [
  '"$user", public',
  "own, public",
  "own, pg_catalog, public",
  '"$user", pg_catalog, public',
  "pg_temp, pg_catalog, public",
  "public, own, pg_catalog",
  "own",
  "''",
] as const;

/** The title of the script part in which a role enters. */
export const ROLE_TITLE =
  "a role that may only connect and execute the functions; it is gone after the ROLLBACK at the end";

export interface Caller {
  readonly path: (typeof PATHS)[number];
  readonly inTemp: readonly ShadowKind[];
  readonly inOwn: readonly ShadowKind[];
}

export const callers = (): Arbitrary<Caller> =>
  record({
    path: constantFrom(...PATHS),
    inTemp: subarray<ShadowKind>(["table", "type"]),
    inOwn: subarray<ShadowKind>(["table", "function", "operator", "type"]),
  });

export interface PathScenario {
  /** The name of the calling role and of its schema. */
  readonly role: string;
  readonly dependencies: FunctionDependencies;
  readonly schema: CreditSchema;
  readonly organizations: readonly Organization[];
  readonly calls: readonly string[];
}

interface Answer {
  readonly text: string;
  readonly evidence: Evidence;
}

interface CallResults {
  readonly answers: readonly Answer[];
  readonly rows: string;
  /** The shadow tables whose rows the calls changed. */
  readonly changed: readonly string[];
}

const EXPECTED = "neither the result nor the target of a call depends on the caller's search_path";

const rowsSql = (schema: CreditSchema): string => `SELECT json_build_object(
  'organizations', (SELECT json_agg(${keptColumns(schema)} ORDER BY o.id) FROM ${schema.tables.organizations} AS o),
  'credit_actions', (SELECT json_agg(to_jsonb(a) - ARRAY[${["id", ...schema.log.volatile].map(literal).join(", ")}] ORDER BY ${actionOrder(schema)}) FROM ${schema.tables.actions} AS a));`;

function keptColumns({ counted, volatile }: CreditSchema): string {
  const others = [...counted, ...volatile];

  return others.length === 0 ? "o" : `to_jsonb(o) - ARRAY[${others.map(literal).join(", ")}]`;
}

const leave = ({ dependencies }: PathScenario): string =>
  `${leaveRole(dependencies)}\nSET LOCAL search_path = pg_catalog, pg_temp;`;

/**
 * The violations if the caller's path makes a difference: one for each kind of object that does so alone, since the
 * functions may name their tables with a schema and not their operators.
 */
export async function compareCallerPaths(
  session: Session,
  scenario: PathScenario,
  caller: Caller,
  script: readonly ScriptPart[],
): Promise<readonly Violation[]> {
  const usual = await play(session, scenario, undefined);
  const compare = async (one: Caller, kind: string): Promise<readonly Violation[]> => {
    const violation = comparePath(scenario, one, { usual, found: await play(session, scenario, one), script });

    return violation === undefined ? [] : [{ ...violation, kind }];
  };
  const { path, inTemp, inOwn } = caller;
  const [only, ...more] = [...inTemp, ...inOwn];
  const together = await compare(
    caller,
    only === undefined ? NAMES : more.length === 0 ? only : "several kinds of objects",
  );
  if (together.length === 0 || only === undefined) return together;
  const bare = await compare({ path, inTemp: [], inOwn: [] }, NAMES);
  if (bare.length > 0 || more.length === 0) return bare.length > 0 ? bare : together;
  const alone: Violation[] = [];
  for (const kind of inTemp) alone.push(...(await compare({ path, inTemp: [kind], inOwn: [] }, kind)));
  for (const kind of inOwn) alone.push(...(await compare({ path, inTemp: [], inOwn: [kind] }, kind)));

  return alone.length === 0 ? together : alone;
}

/** The kind of a path that makes a difference without any objects on it. */
const NAMES = "names on the path";

interface ComparedResults {
  readonly usual: CallResults;
  readonly found: CallResults;
  readonly script: readonly ScriptPart[];
}

function comparePath(
  scenario: PathScenario,
  caller: Caller,
  { usual, found, script }: ComparedResults,
): Violation | undefined {
  const { calls } = scenario;
  const at = usual.answers.findIndex(({ text }, index) => text !== found.answers[index]?.text);
  const [expected, other] = [usual.answers[at], found.answers[at]];
  const got = `with search_path = ${formatPath(scenario, caller)}`;
  const parts = (count: number, show: string): ScriptPart[] => [
    ...script,
    ...callParts(scenario, caller, calls.slice(0, count)),
    { title: "reproduces the violation", sql: `${show}\nROLLBACK;` },
  ];

  if (expected !== undefined && other !== undefined) {
    return {
      expected: `${EXPECTED}: ${expected.text}`,
      got: `${got}: ${other.text}`,
      script: parts(at, calls[at] ?? ""),
      evidence: other.evidence,
    };
  }
  if (found.changed.length > 0) {
    return {
      expected: EXPECTED,
      got: `the calls changed ${found.changed.join(", ")}`,
      script: parts(calls.length, found.changed.map((target) => `SELECT * FROM ${target};`).join("\n")),
      evidence: { shows: "rows" },
    };
  }

  return usual.rows === found.rows
    ? undefined
    : {
        expected: `${EXPECTED}: ${usual.rows}`,
        got: `${got}: ${found.rows}`,
        script: parts(calls.length, `${leave(scenario)}\n${rowsSql(scenario.schema)}`),
        evidence: { shows: "text", present: findNewValues(usual.rows, found.rows) },
      };
}

async function play(session: Session, scenario: PathScenario, caller: Caller | undefined): Promise<CallResults> {
  const { role, dependencies, schema, organizations, calls } = scenario;
  const shadows = caller === undefined ? [] : listShadows(scenario, caller);
  const setup = [
    ...schema.disablePathTriggers,
    insertOrganizations(organizations, schema),
    ...enterRole(role, dependencies),
  ];

  return await withRollback(session, setup, async () => {
    if (caller !== undefined) {
      const { error } = await session.tryExecute(preparePath(scenario, caller));
      if (error !== undefined) {
        throw new Inconclusive(`the objects on the caller's path cannot be made: ${formatSqlError(error)}`);
      }
    }
    const before = await readRows(session, shadows);
    const answers: Answer[] = [];
    for (const call of calls) answers.push(await answer(session, call));
    const [row] = await session.query(`${leave(scenario)}\n${rowsSql(scenario.schema)}`);
    const after = await readRows(session, shadows);

    return {
      answers,
      rows: withoutTimes(row?.["json_build_object"] ?? ""),
      changed: [...after.keys()].filter((target) => before.get(target) !== after.get(target)),
    };
  });
}

async function answer(session: Session, call: string): Promise<Answer> {
  const { error, rows } = await session.tryExecute(`SAVEPOINT before_the_call; ${call}`);
  if (error === undefined) {
    const values = rows.map(([value]) => value ?? "NULL");

    return {
      text: `${call} returns ${rows.map((row) => row.join(", ")).join("; ")}`,
      evidence: { shows: "values", values },
    };
  }
  await session.tryExecute("ROLLBACK TO before_the_call");

  return { text: `${call} ${formatSqlError(error)}`, evidence: errorEvidence(error) };
}

/** The keys of a JSON text with their values, where they are not in the other one. */
function findNewValues(before: string, after: string): readonly string[] {
  const parse = (json: string) => json.match(/"\w+" ?: ?(?:"(?:[^"\\]|\\.)*"|[^",[\]{}]+)/g) ?? [];
  const known = new Set(parse(before));

  return parse(after).filter((pair) => !known.has(pair) && !pair.includes("some time"));
}

async function readRows(session: Session, shadows: readonly ShadowObject[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { rows } of shadows) {
    if (rows !== undefined) {
      found.set(rows, JSON.stringify((await session.tryExecute(`SELECT * FROM ${rows}`)).rows));
    }
  }

  return found;
}

/** Times differ between any two transactions. */
function withoutTimes(rows: string): string {
  return rows.replace(/"\d{4,}-\d\d-\d\d[T ]\d\d:[^"]*"/g, '"some time"');
}

function listShadows(
  { role, dependencies, schema, organizations }: PathScenario,
  { inTemp, inOwn }: Caller,
): ShadowObject[] {
  const rows = shadowRows(
    organizations.map(({ id }) => id),
    schema,
  );
  const build = (schema: string, kinds: readonly ShadowKind[]) =>
    kinds.flatMap((kind) => buildShadowObjects(kind, dependencies, { schema, mode: "null", rows }));
  const isDomain = ({ sql }: ShadowObject) => Number(sql.startsWith("CREATE DOMAIN"));

  // Types come last: objects that are created later would use them.
  return [...build(role, inOwn), ...build("pg_temp", inTemp)].toSorted((one, other) => isDomain(one) - isDomain(other));
}

function preparePath(scenario: PathScenario, caller: Caller): string {
  return [
    ...listShadows(scenario, caller).map(({ sql }) => sql),
    `SET LOCAL search_path = ${formatPath(scenario, caller)};`,
  ].join("\n");
}

function formatPath({ role, schema }: PathScenario, { path }: Caller): string {
  return path.replace(/\bown\b/, role).replace(/\bpublic\b/, () => schema.namespace);
}

function callParts(scenario: PathScenario, caller: Caller, calls: readonly string[]): ScriptPart[] {
  const { role, dependencies } = scenario;
  const happens = calls.map((call) => `SAVEPOINT before_the_call;\n${call}`).join("\n");

  return [
    { title: ROLE_TITLE, sql: ["BEGIN;", ...enterRole(role, dependencies)].join("\n") },
    { title: "what is on the caller's path", sql: preparePath(scenario, caller) },
    ...(calls.length === 0 ? [] : [{ title: "what happens", sql: happens }]),
  ];
}
