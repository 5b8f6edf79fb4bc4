/** Splits a violated property into its kinds, which reports show one by one, and words what is wrong with those listed. */
import type { PropertyResult } from "../property/verdict.ts";
import { pluralize } from "../text/pluralize.ts";
import type { Scripts } from "./reproduce-line.ts";

/** A result for each kind, with its own violation; the result itself where it has no kinds, as that of a gate. */
export function splitKinds(result: PropertyResult): readonly PropertyResult[] {
  const { kinds = [], because: _, ...common } = result;
  if (kinds.length === 0) return [result];

  return kinds.map((one) => {
    const { kind: __, ...found } = one;

    return { ...common, ...found, kinds: [one] };
  });
}

/** The name of a result that has one kind: `C5 · returns FALSE`; otherwise its id. */
export function formatName({ id, kinds = [] }: Pick<PropertyResult, "id" | "kinds">): string {
  const [only, ...more] = kinds;

  return only === undefined || more.length > 0
    ? id
    : `${id} · ${only.violation.kind ?? only.kind.replaceAll("-", " ")}`;
}

/** The script of a result, or of its only kind. */
export function findScript(scripts: Scripts, result: PropertyResult): string | undefined {
  const [only, ...more] = result.kinds ?? [];

  return scripts.get(only !== undefined && more.length === 0 ? only : result) ?? scripts.get(result);
}

/** What is wrong with a known failure that is listed, and what to do. */
export interface LedgerProblem {
  /** The property, or its kind. */
  readonly name: string;
  readonly problem: string;
  readonly because: string | undefined;
  readonly hint: string;
  /** The entries to write, to be copied. */
  readonly entries: readonly string[];
}

/** What to do about a known failure that no longer happens. */
export const STALE_HINT = "Remove it from the known failures, or find out why it no longer happens.";

/** Everything that is wrong with the known failures of a property. */
export function findLedgerProblems(result: PropertyResult): readonly LedgerProblem[] {
  const { id, verdict, expected, because, kinds = [], staleKinds = [], isAmbiguous } = result;
  if (verdict === "held" && !expected) {
    return [{ name: id, problem: "listed as a known failure, and it held", because, hint: STALE_HINT, entries: [] }];
  }
  const ambiguous = {
    name: id,
    problem: `listed without a kind, and there are ${pluralize(kinds.length, "kind")}`,
    because,
    hint: "Give each kind its entry:",
    entries: kinds.map(({ kind }) => formatEntry(id, kind, because)),
  };
  const stale = staleKinds.map(({ kind, because: reason, nearest, isMistyped }) => ({
    name: `${id} · ${kind}`,
    problem: `listed as a known failure, and ${isMistyped === true ? "there is no such kind" : "it did not occur"}`,
    because: reason,
    hint: isMistyped === true ? `Write one of the kinds that there are: ${nearest.join(", ")}` : STALE_HINT,
    entries: [],
  }));

  return [...(isAmbiguous === true ? [ambiguous] : []), ...stale];
}

/** An entry of the known failures. */
export function formatEntry(property: string, kind: string, because = "…"): string {
  return JSON.stringify({ property, kind, because });
}

/** What a result that has too many kinds is said to be. */
export function describeCut({ isCut, kinds = [] }: PropertyResult): string | undefined {
  return isCut === true
    ? `it has more than ${kinds.length} kinds, and the others are left out: values of the cases are in their names`
    : undefined;
}
