/**
 * Formats the results for programs, in a fixed form. What JSON readers of other languages reject (a bigint, a lone
 * surrogate, U+0000, NaN, an infinity) becomes text; the seed and the path reproduce the exact value.
 */
import type { PropertyResult, ReleaseResult, RunResult, Violation } from "../property/verdict.ts";
import { sanitizeForReports } from "../text/sanitize.ts";
import { displayPath, type Scripts } from "./reproduce-line.ts";

/**
 * What `verify --json` writes.
 * @param cwd the folder to which the paths of releases inside of it are relative
 */
export function toJson(run: RunResult, scripts: Scripts, cwd = process.cwd()): unknown {
  return toPlainJson({
    plumbline: run.plumbline,
    seed: run.seed,
    server: { kind: run.server.kind, version: run.server.version },
    durationMs: run.durationMs,
    shard: run.shard,
    only: run.only,
    runs: run.runs,
    folders: run.folders?.map((one) => ({ ...one, folder: displayPath(one.folder, cwd) })),
    releases: run.releases.map((release) => toReleaseJson(release, scripts, cwd)),
  });
}

export function formatValue(value: unknown): string {
  return JSON.stringify(toPlainJson(value)) ?? "nothing";
}

function toReleaseJson(release: ReleaseResult, scripts: Scripts, cwd: string): unknown {
  return {
    name: release.name,
    folder: displayPath(release.folder, cwd),
    migration: release.migration,
    need: release.need,
    properties: release.properties.map((result) => toPropertyJson(result, scripts)),
    questions: release.questions,
    notes: release.notes,
    coverage: release.coverage,
  };
}

function toPropertyJson(result: PropertyResult, scripts: Scripts): unknown {
  return {
    id: result.id,
    title: result.title,
    rule: result.rule,
    verdict: result.verdict,
    expected: result.expected,
    runs: result.runs,
    durationMs: result.durationMs,
    blocked: result.blocked,
    reason: result.reason,
    because: result.because,
    ...(result.verdict === "violated" ? toViolationJson(result, scripts) : {}),
  };
}

function toViolationJson(result: PropertyResult, scripts: Scripts): object {
  return {
    seed: result.seed,
    ...toFoundJson(result, scripts.get(result)),
    kinds: result.kinds?.map((one) => ({
      kind: one.kind,
      expected: one.expected,
      because: one.because,
      runs: one.runs,
      ...toFoundJson(one, scripts.get(one)),
    })),
    isCut: result.isCut,
    counted: result.counted,
    staleKinds: result.staleKinds,
    isAmbiguous: result.isAmbiguous,
  };
}

function toFoundJson(
  {
    shrinks,
    counterexample,
    path,
    violation,
  }: Pick<PropertyResult, "shrinks" | "counterexample" | "path" | "violation">,
  script: string | undefined,
): object {
  return {
    shrinks,
    counterexample,
    path,
    script,
    violation: violation && toPlainViolation(violation),
  };
}

/** The statements are in the script. */
function toPlainViolation({ kind, subject, answer, rows, expected, got, hint, declare }: Violation): object {
  return { kind, subject, answer, rows, expected, got, hint, declare };
}

/** The value in JSON's own types, without the keys whose value is undefined. */
export function toPlainJson(value: unknown, ancestors: readonly object[] = []): unknown {
  if (typeof value === "string") return sanitizeForReports(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
  if (typeof value !== "object" || value === null) return value;
  if (ancestors.includes(value)) return "[circular]";
  const path = [...ancestors, value];
  if (Array.isArray(value)) return value.map((item: unknown) => toPlainJson(item, path));

  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [sanitizeForReports(key), toPlainJson(item, path)]));
}
