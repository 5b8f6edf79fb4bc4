/** States what psql prints for a difference (pure). */
import type { CatalogDifference } from "../catalog/difference.ts";
import type { Evidence } from "./verdict.ts";

/** As many words of a changed value as are looked for: enough to recognise it. */
const WORDS_MAX = 8;

/** What the inspection statement of a difference prints: no row of a removed object, one of an added one, or rows like it. */
export function differenceEvidence({ kind, object, after }: CatalogDifference): Evidence {
  // Without a key, rows that were there before may be equal to it.
  if (kind === "added" && object.startsWith("row ")) return { shows: "rows" };
  if (kind !== "changed" || typeof after !== "string") return { shows: "rows", count: kind === "removed" ? 0 : 1 };
  const words = after.split(/\s+/).filter((word) => word !== "");

  return { shows: "text", present: words.slice(0, WORDS_MAX) };
}
