/**
 * Numbers as they are told (pure): with thousands separated, no more digits than say something, and units last.
 */
import type { CountName } from "./plans/facts.ts";

/** `100,000`, `24.3`, `0.03`. */
export function numberOf(value: number): string {
  const digits = value < 1 ? 2 : value < 100 ? 1 : 0;

  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** A count in the unit that a reader wants: `4`, `483 B`, `98 %`. */
export function countOf(name: CountName, value: number): string {
  if (name === "walBytes") return bytesOf(value);

  return name === "hotShare" ? `${(value * 100).toFixed(0)} %` : numberOf(value);
}

/** `850 ms`, `8.1 s`, `17.4 min`. */
export function minutesOf(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;

  return durationMs < 120_000
    ? `${(durationMs / 1_000).toFixed(1)} s`
    : `${(durationMs / 60_000).toFixed(1)} min`;
}

/** `1.2 kB`, `34 MB`. */
export function bytesOf(bytes: number): string {
  if (bytes < 1_000) return `${numberOf(bytes)} B`;
  if (bytes < 1_000_000) return `${numberOf(bytes / 1_000)} kB`;

  return bytes < 1_000_000_000
    ? `${numberOf(bytes / 1_000_000)} MB`
    : `${numberOf(bytes / 1_000_000_000)} GB`;
}
