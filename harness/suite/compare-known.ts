/**
 * Compares what a property came to with the known failures of its release (pure): a kind that is not listed is new, one
 * that is listed and did not occur is out of date.
 */
import type { CheckResult } from "../property/check-property.ts";
import type { KindResult, PropertyResult, StaleKind } from "../property/verdict.ts";
import type { KnownFailure } from "../release/release.ts";
import { rankSimilar, suggest } from "../text/suggest.ts";

/** The entry of this kind stands for all, those that are new included. */
const EVERY_KIND = "*";

/**
 * @param known the known failures of the property
 * @param isComplete whether all kinds were looked for: otherwise one that did not occur is not out of date
 */
export function compareWithKnown(
  checked: CheckResult,
  known: readonly KnownFailure[],
  { isComplete }: { readonly isComplete: boolean },
): PropertyResult {
  const { kinds: found, ...rest } = checked;
  const [first] = known;
  const because = first === undefined ? {} : { because: first.because };
  if (found === undefined) return { ...rest, ...because, expected: rest.verdict === "held" && first === undefined };
  const kinds = found.map((kind): KindResult => {
    const entry = findEntry(known, kind.kind);

    return { ...kind, expected: entry !== undefined, ...(entry === undefined ? {} : { because: entry.because }) };
  });
  const staleKinds = isComplete ? findStaleKinds(known, kinds) : [];
  const isAmbiguous = first !== undefined && first.kind === undefined && kinds.length > 1;

  return {
    ...rest,
    expected: kinds.every(({ expected }) => expected) && staleKinds.length === 0 && !isAmbiguous,
    ...(kinds[0]?.because === undefined ? {} : { because: kinds[0].because }),
    kinds,
    ...(staleKinds.length === 0 ? {} : { staleKinds }),
    ...(isAmbiguous ? { isAmbiguous } : {}),
  };
}

function findEntry(known: readonly KnownFailure[], kind: string): KnownFailure | undefined {
  return (
    known.find((entry) => entry.kind === kind) ??
    known.find((entry) => entry.kind === undefined || entry.kind === EVERY_KIND)
  );
}

function findStaleKinds(known: readonly KnownFailure[], kinds: readonly KindResult[]): readonly StaleKind[] {
  const names = kinds.map(({ kind }) => kind);
  const notListed = kinds.filter(({ expected }) => !expected).map(({ kind }) => kind);

  return known.flatMap(({ kind, because }) => {
    if (kind === undefined || kind === EVERY_KIND || names.includes(kind)) return [];
    const isMistyped = suggest(kind, notListed) !== undefined;

    return [{ kind, because, nearest: rankSimilar(kind, names), ...(isMistyped ? { isMistyped } : {}) }];
  });
}
