/**
 * The same calls by the same role on two paths: the usual one, and one on which objects of the names that the functions
 * reach for lie in wait with other answers.
 */
import { type Arbitrary, constantFrom, record, subarray } from "fast-check";
import type { Session } from "../../../harness/database/session.ts";
import { Inconclusive } from "../../../harness/errors.ts";
import type { Violation } from "../../../harness/property/verdict.ts";
import type { ScriptPart } from "../../../harness/release/script-part.ts";
import type { FunctionDependencies } from "../../../harness/security/function-dependencies.ts";
import {
  buildShadowObjects,
  type ShadowKind,
  type ShadowObject,
} from "../../../harness/security/shadow-objects.ts";
import {
  enterRole,
  formatSqlError,
  leaveRole,
  withRollback,
} from "../../../harness/security/unprivileged-role.ts";
import type { Organization } from "../model/model.ts";
import { shadowRows } from "./attack-samples.ts";
import { insertOrganizations } from "./sql.ts";

/** A path as a caller could set it; `own` is the caller's schema. */
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

/** Who calls what, on which organizations. */
export interface PathScenario {
  readonly name: string;
  readonly surroundings: FunctionDependencies;
  readonly organizations: readonly Organization[];
  readonly calls: readonly string[];
}

/** What came of the calls. */
interface Seen {
  readonly answers: readonly string[];
  readonly rows: string;
  /** Each decoy that holds rows, and whether the calls changed them. */
  readonly changed: readonly string[];
}

const EXPECTED = "neither the result nor the target of a call depends on the caller's search_path";

const ROWS = `SELECT json_build_object(
  'organizations', (SELECT json_agg(o ORDER BY o.id) FROM public.organizations AS o),
  'credit_actions', (SELECT json_agg(to_jsonb(a) - 'id' ORDER BY a.id) FROM public.credit_actions AS a));`;

const asOwner = ({ surroundings }: PathScenario): string =>
  `${leaveRole(surroundings)}\nSET LOCAL search_path = pg_catalog, pg_temp;`;

/** A violation if the caller's path makes a difference. */
export async function compareCallerPaths(
  session: Session,
  visit: PathScenario,
  caller: Caller,
  script: readonly ScriptPart[],
): Promise<Violation | undefined> {
  const usual = await see(session, visit, undefined);
  const found = await see(session, visit, caller);
  const at = usual.answers.findIndex((answer, index) => answer !== found.answers[index]);
  const parts = (count: number, show: string): ScriptPart[] => [
    ...script,
    ...partsOf(visit, caller, visit.calls.slice(0, count)),
    { title: "reproduces the violation", sql: `${show}\nROLLBACK;` },
  ];

  if (at !== -1) {
    return {
      expected: `${EXPECTED}: ${usual.answers[at]}`,
      got: `with search_path = ${pathOf(visit, caller)}: ${found.answers[at]}`,
      script: parts(at, visit.calls[at] ?? ""),
    };
  }
  if (found.changed.length > 0) {
    return {
      expected: EXPECTED,
      got: `the calls changed ${found.changed.join(", ")}`,
      script: parts(visit.calls.length, found.changed.map((target) => `SELECT * FROM ${target};`).join("\n")),
    };
  }

  return usual.rows === found.rows
    ? undefined
    : {
        expected: `${EXPECTED}: ${usual.rows}`,
        got: `with search_path = ${pathOf(visit, caller)}: ${found.rows}`,
        script: parts(visit.calls.length, `${asOwner(visit)}\n${ROWS}`),
      };
}

async function see(session: Session, visit: PathScenario, caller: Caller | undefined): Promise<Seen> {
  const { name, surroundings, organizations, calls } = visit;
  const decoys = caller === undefined ? [] : decoysOn(visit, caller);
  const before = [insertOrganizations(organizations), ...enterRole(name, surroundings)];

  return await withRollback(session, before, async () => {
    if (caller !== undefined) {
      const { error: refusal } = await session.tryExecute(preparing(visit, caller));
      if (refusal !== undefined) {
        throw new Inconclusive(
          `what a caller could have on his path cannot be made: ${formatSqlError(refusal)}`,
        );
      }
    }
    const held = await rowsIn(session, decoys);
    const answers: string[] = [];
    for (const call of calls) {
      answers.push(await answerTo(session, call));
    }
    const [row] = await session.query(`${asOwner(visit)}\n${ROWS}`);
    const now = await rowsIn(session, decoys);

    return {
      answers,
      rows: timeless(row?.["json_build_object"] ?? ""),
      changed: [...now.keys()].filter((target) => held.get(target) !== now.get(target)),
    };
  });
}

async function answerTo(session: Session, call: string): Promise<string> {
  const { error: refusal, rows } = await session.tryExecute(`SAVEPOINT before_the_call; ${call}`);
  if (refusal === undefined) {
    return `${call} returns ${rows.map((row) => row.join(", ")).join("; ")}`;
  }
  await session.tryExecute("ROLLBACK TO before_the_call");

  return `${call} ${formatSqlError(refusal)}`;
}

async function rowsIn(
  session: Session,
  decoys: readonly ShadowObject[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { rows } of decoys) {
    if (rows !== undefined) {
      found.set(rows, JSON.stringify((await session.tryExecute(`SELECT * FROM ${rows}`)).rows));
    }
  }

  return found;
}

/** Two transactions never agree on the time: only whether there is one counts. */
function timeless(rows: string): string {
  return rows.replace(/"\d{4,}-\d\d-\d\d[T ]\d\d:[^"]*"/g, '"some time"');
}

function decoysOn(
  { name, surroundings, organizations }: PathScenario,
  { inTemp, inOwn }: Caller,
): ShadowObject[] {
  const rows = shadowRows(organizations.map(({ id }) => id));
  const made = (place: string, kinds: readonly ShadowKind[]) =>
    kinds.flatMap((kind) => buildShadowObjects(kind, surroundings, { schema: place, mode: "null", rows }));

  // Types come last: what is made after one of them would be made of it.
  return [...made(name, inOwn), ...made("pg_temp", inTemp)].toSorted(
    (one, other) =>
      Number(one.sql.startsWith("CREATE DOMAIN")) - Number(other.sql.startsWith("CREATE DOMAIN")),
  );
}

function preparing(visit: PathScenario, caller: Caller): string {
  return [
    ...decoysOn(visit, caller).map(({ sql }) => sql),
    `SET LOCAL search_path = ${pathOf(visit, caller)};`,
  ].join("\n");
}

function pathOf({ name }: PathScenario, { path }: Caller): string {
  return path.replace(/\bown\b/, name);
}

function partsOf(visit: PathScenario, caller: Caller, calls: readonly string[]): ScriptPart[] {
  const { name, surroundings } = visit;

  return [
    {
      title:
        "a role that may only connect and execute the functions; it is gone after the ROLLBACK at the end",
      sql: ["BEGIN;", ...enterRole(name, surroundings)].join("\n"),
    },
    { title: "what is on the caller's path", sql: preparing(visit, caller) },
    ...(calls.length === 0
      ? []
      : [
          {
            title: "what happens",
            sql: calls.map((call) => `SAVEPOINT before_the_call;\n${call}`).join("\n"),
          },
        ]),
  ];
}
