/**
 * Reports once what a recorded migration does on several sets of rows (pure). Each of these is a release of its own, and a
 * fault that does not depend on the rows is found on all of them.
 */
import type { KindResult, PropertyResult, ReleaseResult, Violation } from "../property/verdict.ts";
import type { Release } from "../release/release.ts";
import { pluralize } from "../text/pluralize.ts";

/**
 * Leaves out of the later releases of a migration each kind of failure that an earlier one has with the same outcome, and
 * says in the earlier one on how many sets of rows it was found. A property without another kind is left out as a whole.
 * @param releases that the results are of, in the same order
 */
export function foldVariants(
  results: readonly ReleaseResult[],
  releases: readonly Pick<Release, "origin">[],
): readonly ReleaseResult[] {
  const found = new Map<string, number>();
  const left = results.map((release, at) => ({
    ...release,
    properties: release.properties.flatMap((result) => {
      const { kinds } = result;
      const origin = releases[at]?.origin;
      if (origin === undefined || kinds === undefined) return [result];
      const fresh = kinds.filter((kind) => {
        const key = formatKey(origin, result, kind);
        const count = found.get(key) ?? 0;
        found.set(key, count + 1);

        return count === 0;
      });

      return fresh.length === kinds.length ? [result] : keepKinds(result, fresh);
    }),
  }));

  return left.map((release, at) => {
    const origin = releases[at]?.origin;

    return origin === undefined
      ? release
      : { ...release, properties: release.properties.map((result) => countVariants(result, origin, found)) };
  });
}

type Origin = NonNullable<Release["origin"]>;

function formatKey({ folder, index }: Origin, { id }: PropertyResult, { kind, violation }: KindResult): string {
  return JSON.stringify([folder, index, id, kind, violation.got]);
}

function countVariants(result: PropertyResult, origin: Origin, found: ReadonlyMap<string, number>): PropertyResult {
  const { kinds = [] } = result;
  const others = kinds.map((kind) => (found.get(formatKey(origin, result, kind)) ?? 1) - 1);

  return others.every((count) => count === 0)
    ? result
    : withKinds(
        result,
        kinds.map((kind, index) => ({ ...kind, violation: countRows(kind.violation, others[index] ?? 0) })),
      );
}

function keepKinds(result: PropertyResult, kinds: readonly KindResult[]): readonly PropertyResult[] {
  return kinds.length === 0 ? [] : [withKinds(result, kinds)];
}

/** A result has the fields of its first kind. */
function withKinds(result: PropertyResult, kinds: readonly KindResult[]): PropertyResult {
  const [first] = kinds;
  if (first === undefined) return result;
  const { kind: _, expected: __, because: ___, ...fields } = first;

  return { ...result, ...fields, kinds };
}

function countRows(violation: Violation, others: number): Violation {
  const also = `the same on ${pluralize(others, "other set")} of rows`;
  if (others === 0) return violation;

  return { ...violation, rows: violation.rows === undefined ? also : `${violation.rows}; ${also}` };
}
