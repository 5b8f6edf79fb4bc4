/**
 * Numbers as they are told (pure): with thousands separated, no more digits than say something, and units last.
 */

/** `100,000`, `24.3`. */
export function numberOf(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 1 : 0 });
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
