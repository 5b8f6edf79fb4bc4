/**
 * Lists where the statements of a release can be interrupted (pure): every injection point of every statement, ordered so
 * that the first few are the most likely to find a fault: statements that commit part-way, and steps whose end the
 * client did not see. The rest is spread over all statements.
 */
import { type Arbitrary, constantFrom, nat, oneof, record } from "fast-check";
import type { FaultKind, InjectedFault, InjectionPoint } from "../../../harness/fault/fault.ts";
import type { Statement, Step } from "../../../harness/release/release.ts";
import { isConcurrent } from "../../../harness/release/transactions.ts";

export interface FaultCase {
  /** The position of the step in its list. */
  readonly index: number;
  readonly step: Step;
  readonly statement: Statement;
  readonly fault: InjectedFault;
  readonly continues: boolean;
}

/** A fault, and whether psql continues with the next statement. */
export interface FaultVariant {
  readonly kind: FaultKind;
  readonly continues: boolean;
}

export const SESSION_FAULTS: readonly FaultVariant[] = [
  { kind: "cancel", continues: false },
  { kind: "kill", continues: false },
  { kind: "cancel", continues: true },
];
export const CRASHES: readonly FaultVariant[] = [{ kind: "crash", continues: false }];

type Place = Pick<FaultCase, "index" | "step" | "statement"> & { readonly point: InjectionPoint };

/**
 * The fault case of a number: first each injection point with one of the variants, then each with another. Numbers
 * beyond the last case wrap around.
 */
export function faultCaseAt(steps: readonly Step[], variants: readonly FaultVariant[], at: number): FaultCase {
  const places = orderPlaces(steps.flatMap(listPlaces));
  const position = at % places.length;
  const { point, ...place } = places[position] as Place;
  const turn = position + Math.floor(at / places.length);
  const { kind, continues } = variants[turn % variants.length] as FaultVariant;

  return { ...place, fault: { kind, point }, continues };
}

function listPlaces(step: Step, index: number): Place[] {
  return step.statements
    .filter(({ kind }) => kind === "sql")
    .flatMap((statement) => listPoints(statement).map((point) => ({ index, step, statement, point })));
}

const AFTER: InjectionPoint = { at: "after" };
const ORGANIZATIONS = "organizations";
const LOG = "credit_actions";

/** The second row: the first is done then. */
const ROWS: readonly InjectionPoint[] = [
  { at: "row", table: ORGANIZATIONS, timing: "before", nth: 2 },
  { at: "row", table: LOG, timing: "before", nth: 2 },
  { at: "row", table: LOG, timing: "after", nth: 2 },
  { at: "row commit", table: LOG, nth: 2 },
];
const WAITS: readonly InjectionPoint[] = [{ at: "wait", table: ORGANIZATIONS, behind: "writer" }];
const COMMAND: InjectionPoint = { at: "command", nth: 1 };

function listPoints(statement: Statement): readonly InjectionPoint[] {
  const { node, text } = statement;
  if (node === "VariableSetStmt") return [AFTER];
  if (node === "TransactionStmt") {
    return /^(COMMIT|END)\b/i.test(text)
      ? [{ at: "command commit" }, { at: "row commit", table: LOG, nth: 1 }, AFTER]
      : [AFTER];
  }
  if (node === "DoStmt") {
    return [...(/\b(PERFORM|INSERT\s+INTO|UPDATE\s+[\w."]+\s+SET)\b/i.test(text) ? ROWS : [COMMAND]), AFTER];
  }
  if (/^(Insert|Update|Delete|Select|Call|Merge)Stmt$/.test(node)) return [...ROWS, AFTER];
  if (isConcurrent(statement)) {
    return [...WAITS, { at: "wait", table: ORGANIZATIONS, behind: "snapshot" }, COMMAND, AFTER];
  }

  return [...(/organizations/i.test(text) && node !== "CreateFunctionStmt" ? WAITS : []), COMMAND, AFTER];
}

function commitsPartWay(statement: Statement): boolean {
  return isConcurrent(statement) || (statement.node === "DoStmt" && /\bCOMMIT\b/i.test(statement.text));
}

function orderPlaces(places: readonly Place[]): readonly Place[] {
  const ends = places.filter(
    ({ step, statement, point }) =>
      point.at === "after" && statement === step.statements.findLast(({ kind }) => kind === "sql"),
  );
  const partWay = places.filter(({ statement, point }) => point.at !== "after" && commitsPartWay(statement));
  const rest = places.filter((place) => !ends.includes(place) && !partWay.includes(place));

  return [...partWay, ...ends, ...spread(rest)];
}

/**
 * The same items in steps of the golden ratio, from the middle one: any number of them, from the first, is spread evenly
 * over all.
 */
function spread<Item>(items: readonly Item[]): readonly Item[] {
  const { length } = items;
  let stride = Math.max(1, Math.round(length * 0.618));
  while (divisor(stride, length) > 1) stride += 1;

  return items.map((_, index) => items[((length >> 1) + index * stride) % length] as Item);
}

function divisor(one: number, other: number): number {
  return other === 0 ? one : divisor(other, one % other);
}

/** A fault in the data migration, at a row of its own choice. */
export interface DataFault {
  readonly at: "before the update" | "before the log row" | "after the log row" | "in the commit";
  /** Wraps around the rows that there are. */
  readonly row: number;
  readonly mode: FaultKind;
}

export const dataFaults = (modes: readonly FaultKind[]): Arbitrary<DataFault> =>
  record({
    at: constantFrom("before the update", "before the log row", "after the log row", "in the commit"),
    row: oneof(nat({ max: 4 }), nat({ max: 250 })),
    mode: constantFrom(...modes),
  });

/** @param count how many organizations there are */
export function toRowFault({ at, row, mode }: DataFault, count: number): InjectedFault {
  const nth = 1 + (row % count);
  const points: Readonly<Record<DataFault["at"], InjectionPoint>> = {
    "before the update": { at: "row", table: ORGANIZATIONS, timing: "before", nth },
    "before the log row": { at: "row", table: LOG, timing: "before", nth },
    "after the log row": { at: "row", table: LOG, timing: "after", nth },
    "in the commit": { at: "row commit", table: LOG, nth },
  };

  return { kind: mode, point: points[at] };
}

/** The last statement of the data migration that does more than set a parameter. */
export function findWorkStatement({ statements }: Step): Statement | undefined {
  return statements.findLast(({ kind, node }) => kind === "sql" && node !== "VariableSetStmt");
}
