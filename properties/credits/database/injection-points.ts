/**
 * Where the statements of a release can be stopped (pure): every spot of every statement of some steps, in an order in
 * which the first few say most. What ends in the middle of its work most easily comes first: a step whose end nobody
 * saw, and statements that commit part-way. The rest is spread over all statements.
 */
import type { FaultKind, InjectedFault, InjectionPoint } from "../../../harness/fault/fault.ts";
import type { Statement, Step } from "../../../harness/release/release.ts";

export interface FaultCase {
  /** The position of the step in its list. */
  readonly index: number;
  readonly step: Step;
  readonly statement: Statement;
  readonly strike: InjectedFault;
  readonly goesOn: boolean;
}

/** How a statement is stopped, and whether psql goes on with the next. */
export interface FaultVariant {
  readonly mode: FaultKind;
  readonly goesOn: boolean;
}

export const SESSION_FAULTS: readonly FaultVariant[] = [
  { mode: "cancel", goesOn: false },
  { mode: "kill", goesOn: false },
  { mode: "cancel", goesOn: true },
];
export const CRASHES: readonly FaultVariant[] = [{ mode: "crash", goesOn: false }];

type Place = Omit<FaultCase, "strike" | "goesOn"> & { readonly spot: InjectionPoint };

/**
 * Every place in every way: first each place in one of the ways, then each in another. Counting on from the last one
 * begins anew.
 */
export function faultCaseAt(steps: readonly Step[], ways: readonly FaultVariant[], at: number): FaultCase {
  const places = inOrder(steps.flatMap(placesOf));
  const position = at % places.length;
  const { spot, ...place } = places[position] as Place;
  const { mode, goesOn } = ways[(position + Math.floor(at / places.length)) % ways.length] as FaultVariant;

  return { ...place, strike: { kind: mode, point: spot }, goesOn };
}

function placesOf(step: Step, index: number): Place[] {
  return step.statements
    .filter(({ kind }) => kind === "sql")
    .flatMap((statement) => spotsOf(statement).map((spot) => ({ index, step, statement, spot })));
}

const AFTER: InjectionPoint = { at: "after" };
const ORGANIZATIONS = "public.organizations";
const LOG = "public.credit_actions";

/** The second row: there is then one that is done. */
const ROWS: readonly InjectionPoint[] = [
  { at: "row", table: ORGANIZATIONS, timing: "before", nth: 2 },
  { at: "row", table: LOG, timing: "before", nth: 2 },
  { at: "row", table: LOG, timing: "after", nth: 2 },
  { at: "row commit", table: LOG, nth: 2 },
];
const WAITS: readonly InjectionPoint[] = [{ at: "wait", table: ORGANIZATIONS, behind: "writer" }];
const COMMAND: InjectionPoint = { at: "command", nth: 1 };

function spotsOf(statement: Statement): readonly InjectionPoint[] {
  const { node, text } = statement;
  if (node === "VariableSetStmt") {
    return [AFTER];
  }
  if (node === "TransactionStmt") {
    return /^(COMMIT|END)\b/i.test(text)
      ? [{ at: "command commit" }, { at: "row commit", table: LOG, nth: 1 }, AFTER]
      : [AFTER];
  }
  if (node === "DoStmt") {
    return [...(/\b(PERFORM|INSERT\s+INTO|UPDATE\s+[\w."]+\s+SET)\b/i.test(text) ? ROWS : [COMMAND]), AFTER];
  }
  if (/^(Insert|Update|Delete|Select|Call|Merge)Stmt$/.test(node)) {
    return [...ROWS, AFTER];
  }
  if (isConcurrent(statement)) {
    return [...WAITS, { at: "wait", table: ORGANIZATIONS, behind: "snapshot" }, COMMAND, AFTER];
  }

  return [...(/organizations/i.test(text) && node !== "CreateFunctionStmt" ? WAITS : []), COMMAND, AFTER];
}

export function isConcurrent({ node, text }: Statement): boolean {
  return node === "IndexStmt" && /\bCONCURRENTLY\b/i.test(text);
}

function commitsPartWay(statement: Statement): boolean {
  return isConcurrent(statement) || (statement.node === "DoStmt" && /\bCOMMIT\b/i.test(statement.text));
}

function inOrder(places: readonly Place[]): readonly Place[] {
  const ends = places.filter(
    ({ step, statement, spot }) =>
      spot.at === "after" && statement === step.statements.findLast(({ kind }) => kind === "sql"),
  );
  const partWay = places.filter(({ statement, spot }) => spot.at !== "after" && commitsPartWay(statement));
  const rest = places.filter((place) => !ends.includes(place) && !partWay.includes(place));

  return [...partWay, ...ends, ...spread(rest)];
}

/**
 * The same items in steps of the golden ratio: any number of them, from the first on, lies evenly over the whole. The
 * first is the middle one, where some of the work is done and some is not.
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
