/** Finds indexes that are left invalid, and constraints that are left NOT VALID (pure). */
import type { Snapshot } from "../../../harness/catalog/snapshot.ts";

export interface InvalidPart {
  /** As the catalog names it. */
  readonly object: string;
  /**
   * `index`: of a concurrent build that failed, or one of a partitioned table that waits for those of the partitions
   * (PostgreSQL manual, CREATE INDEX, ONLY). `constraint`: old rows were not checked.
   */
  readonly kind: "index" | "constraint";
}

/** What was as invalid before is left out. */
export function findInvalid(before: Snapshot, after: Snapshot): readonly InvalidPart[] {
  const old = new Map([...before.identities].map(([object, identity]) => [identity, before.catalog.get(object)]));

  return [...after.catalog].flatMap(([object, properties]): InvalidPart[] => {
    const previous = old.get(after.identities.get(object) ?? "") ?? before.catalog.get(object);
    const isNew = (property: string): boolean => properties[property] === "false" && previous?.[property] !== "false";
    if (object.startsWith("index ") && isNew("valid")) return [{ object, kind: "index" }];

    return object.startsWith("constraint ") && isNew("validated") && properties["enforced"] !== "false"
      ? [{ object, kind: "constraint" }]
      : [];
  });
}
