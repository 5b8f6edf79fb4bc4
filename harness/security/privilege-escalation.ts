/**
 * Whether a role that may only connect and execute functions can make them work for it. What was tried is decided on
 * effects alone: code of the role ran with the rights of another, a row of the role's changed, or a call returned what
 * only an object of the role's can have told it.
 */
import type { Outcome, Session } from "../database/session.ts";
import { Inconclusive } from "../errors.ts";
import { callsOf, type Samples } from "./calls.ts";
import type { Definer, Surroundings } from "./function-dependencies.ts";
import {
  confessed,
  DECOY_KINDS,
  type Decoy,
  type DecoyKind,
  decoysOf,
  type Rows,
  spySql,
} from "./shadow-objects.ts";
import { callInVain, entering, inVain, told } from "./unprivileged-role.ts";

/** In the role's temporary schema, or in a schema of its own that is put first on its path. */
export type Place = "pg_temp" | "schema";

export interface Attack {
  readonly kind: DecoyKind;
  readonly place: Place;
}

/** What an intruder knows and does. */
export interface Plan {
  /** The name of the role and of its schema. */
  readonly intruder: string;
  /** What is done before the role comes, as whoever owns the database. */
  readonly before: readonly string[];
  readonly surroundings: Surroundings;
  readonly samples: Samples;
  readonly rows: Rows;
}

/** An attack that worked on a function. */
export interface BreakIn {
  readonly attack: Attack;
  readonly definer: Definer;
  readonly call: string;
  readonly decoys: readonly Decoy[];
  readonly effect: "ran" | "wrote" | "read";
  /** What happened, as a clause. */
  readonly told: string;
}

/** What needs least comes first. */
export const ATTACKS: readonly Attack[] = (["pg_temp", "schema"] as const).flatMap((place) =>
  DECOY_KINDS.map((kind) => ({ kind, place })),
);

type Call = Pick<BreakIn, "definer" | "call">;

/** Tries every attack on every function; leaves nothing behind. */
export async function breakIns(session: Session, plan: Plan): Promise<BreakIn[]> {
  const calls = callsOfAll(plan);
  const honest = await honestAnswers(session, plan, calls);
  const found: BreakIn[] = [];

  for (const attack of ATTACKS) {
    found.push(...(await assault(session, plan, attack, decoysFor(plan, attack), calls, honest)));
  }

  return found;
}

/** The same attack with the first decoy that is enough for it. */
export async function smallest(session: Session, plan: Plan, whole: BreakIn): Promise<BreakIn> {
  const honest = await honestAnswers(session, plan, [whole]);

  for (const decoy of whole.decoys) {
    const found = await assault(session, plan, whole.attack, [decoy], [whole], honest);
    const same = found.find(({ effect }) => effect === whole.effect);
    if (same !== undefined) {
      return same;
    }
  }

  return whole;
}

/** Functions that no role can call with a statement: nothing is known of them. */
export function uncallable({ surroundings, samples }: Plan): Definer[] {
  return surroundings.definers.filter(
    (definer) => callsOf(definer, samples, surroundings.relations).length === 0,
  );
}

/** What the role does before the call. */
export function preparing(plan: Plan, { kind, place }: Attack, decoys: readonly Decoy[]): readonly string[] {
  const schema = schemaOf(plan, place);
  const path = [
    schema,
    "pg_catalog",
    ...new Set(plan.surroundings.definers.map((definer) => definer.schema)),
  ];
  // Tables and types of pg_temp are found first as it is.
  const asItIs = place === "pg_temp" && kind !== "function" && kind !== "operator";

  return [
    ...(kind === "table" ? [] : [spySql(schema)]),
    ...decoys.map(({ sql }) => sql),
    ...(asItIs ? [] : [`SET LOCAL search_path = ${path.join(", ")};`]),
  ];
}

/** The statement that shows what the role gained; none where the call itself shows it. */
export function showingGain(plan: Plan, { attack, effect, decoys }: BreakIn): string | undefined {
  switch (effect) {
    case "ran":
      return `SELECT ran_as FROM ${schemaOf(plan, attack.place)}.seen;`;
    case "wrote":
      return decoys.flatMap(({ rows }) => (rows === undefined ? [] : [`SELECT * FROM ${rows};`])).join("\n");
    case "read":
      return undefined;
  }
}

function schemaOf({ intruder }: Plan, place: Place): string {
  return place === "pg_temp" ? "pg_temp" : intruder;
}

function decoysFor(plan: Plan, { kind, place }: Attack): Decoy[] {
  const options = { place: schemaOf(plan, place), manner: "spying", rows: plan.rows } as const;

  return decoysOf(kind, plan.surroundings, options);
}

function callsOfAll({ surroundings, samples }: Plan): Call[] {
  return surroundings.definers.flatMap((definer) =>
    callsOf(definer, samples, surroundings.relations).map((call) => ({ definer, call })),
  );
}

/** What the calls return without any decoy, where that is the same twice. */
async function honestAnswers(
  session: Session,
  plan: Plan,
  calls: readonly Call[],
): Promise<ReadonlyMap<string, string>> {
  const runs: (string | undefined)[][] = [];

  for (const _ of ["once", "again"]) {
    const answers: (string | undefined)[] = [];
    await inVain(session, [...plan.before, ...entering(plan.intruder, plan.surroundings)], async () => {
      for (const { call } of calls) {
        answers.push(await callInVain(session, call, async (outcome) => answerOf(outcome)));
      }
    });
    runs.push(answers);
  }

  return new Map(
    calls.flatMap(({ call }, index) => {
      const [one, other] = runs.map((answers) => answers[index]);

      return one === undefined || one !== other ? [] : [[call, one] as const];
    }),
  );
}

async function assault(
  session: Session,
  plan: Plan,
  attack: Attack,
  decoys: readonly Decoy[],
  calls: readonly Call[],
  honest: ReadonlyMap<string, string>,
): Promise<BreakIn[]> {
  if (decoys.length === 0) {
    return [];
  }
  const found = new Map<Definer, BreakIn>();

  await inVain(session, [...plan.before, ...entering(plan.intruder, plan.surroundings)], async () => {
    if (!(await prepared(session, preparing(plan, attack, decoys)))) {
      return;
    }
    const before = await rowsOf(session, decoys);
    for (const { definer, call } of calls.filter((each) => !found.has(each.definer))) {
      const effect = await callInVain(session, call, async (outcome) => {
        const after = outcome.refusal === undefined ? await rowsOf(session, decoys) : before;

        return effectOf(plan, outcome, honest.get(call), before !== after);
      });
      if (effect !== undefined) {
        found.set(definer, { attack, definer, call, decoys, ...effect });
      }
    }
  });

  return [...found.values()];
}

/** False where the role is not allowed to: then the attack fails. */
async function prepared(session: Session, statements: readonly string[]): Promise<boolean> {
  const { refusal } = await session.attempt(statements.join("\n"));
  if (refusal !== undefined && refusal.code !== "42501") {
    throw new Inconclusive(`an attack cannot be tried: ${told(refusal)}`);
  }

  return refusal === undefined;
}

function effectOf(
  { intruder }: Plan,
  outcome: Outcome,
  honest: string | undefined,
  written: boolean,
): Pick<BreakIn, "effect" | "told"> | undefined {
  const others = outcome.notices.flatMap(({ message }) => confessed(message) ?? []);
  const ranAs = others.find((role) => role !== intruder);
  if (ranAs !== undefined) {
    return { effect: "ran", told: `ran the role's own code with the rights of ${ranAs}` };
  }
  if (written) {
    return { effect: "wrote", told: "wrote to the role's own table" };
  }
  const answer = answerOf(outcome);

  return answer === undefined || honest === undefined || answer === honest
    ? undefined
    : { effect: "read", told: `returned ${answer} from the role's own table, instead of ${honest}` };
}

function answerOf({ refusal, rows }: Outcome): string | undefined {
  return refusal === undefined ? JSON.stringify(rows) : undefined;
}

/** The rows of the decoys, as one text; a spy that is asked for them says that the role itself asks. */
async function rowsOf(session: Session, decoys: readonly Decoy[]): Promise<string> {
  const all: unknown[] = [];
  for (const { rows } of decoys) {
    if (rows !== undefined) {
      const { rows: found, refusal } = await session.attempt(`SELECT * FROM ${rows}`);
      all.push(refusal ?? found);
    }
  }

  return JSON.stringify(all);
}
