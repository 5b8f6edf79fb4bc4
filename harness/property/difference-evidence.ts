/** States what psql prints for a difference (pure). */
import type { CatalogDifference } from "../catalog/difference.ts";
import type { Evidence } from "./verdict.ts";

/** As many words of a changed value as are looked for: enough to recognise it. */
const WORDS_MAX = 8;

/** What the inspection statement of a difference prints: no row of a removed object, one of an added one. */
export function differenceEvidence({ kind, after }: CatalogDifference): Evidence {
  if (kind !== "changed" || typeof after !== "string") return { shows: "rows", count: kind === "removed" ? 0 : 1 };
  const words = after.split(/\s+/).filter((word) => word !== "");

  return { shows: "text", present: words.slice(0, WORDS_MAX) };
}
