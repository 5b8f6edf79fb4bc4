/**
 * Formats numbers with as many digits as are meaningful, and a unit (pure).
 */
import type { CountName } from "./plans/facts.ts";

/** `100,000`, `24.3`, `0.03`. */
export function formatNumber(value: number): string {
  const digits = value < 1 ? 2 : value < 100 ? 1 : 0;

  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

/** `4`, `483 B`, `98 %`. */
export function formatCount(name: CountName, value: number): string {
  if (name === "walBytes") return formatBytes(value);

  return name === "hotShare" ? formatPercentage(value) : formatNumber(value);
}

/** `98 %` of 0.98. */
export function formatPercentage(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)} %`;
}

/** `850 ms`, `8.1 s`, `17.4 min`. */
export function formatElapsed(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;

  return durationMs < 120_000 ? `${(durationMs / 1_000).toFixed(1)} s` : `${(durationMs / 60_000).toFixed(1)} min`;
}

/** `1.2 kB`, `34 MB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1_000 ? 0 : bytes < 1_000_000 ? 1 : bytes < 1_000_000_000 ? 2 : 3;

  return `${formatNumber(bytes / 1_000 ** power)} ${["B", "kB", "MB", "GB"][power]}`;
}
