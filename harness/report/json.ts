/**
 * The results for programs: the form is fixed, and what a reader in another language would stumble over (a bigint, a
 * lone surrogate, U+0000, a number that is none) is text here. The exact value comes back with the seed and the path.
 */
import type { Measurement, PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { portable } from "../text/sanitize.ts";
import { displayPath } from "./reproduce-line.ts";

/**
 * What `verify --json` writes; every value in it survives `JSON.stringify` and any JSON reader.
 * @param cwd what the folders of releases are told relative to, where they lie below it
 */
export function toJson(
  run: RunResult,
  scripts: ReadonlyMap<PropertyResult, string>,
  cwd = process.cwd(),
): unknown {
  return toPlainJson({
    plumbline: run.plumbline,
    seed: run.seed,
    server: { kind: run.server.kind, version: run.server.version },
    durationMs: run.durationMs,
    shard: run.shard,
    only: run.only,
    runs: run.runs,
    releases: run.releases.map((release) => releaseOf(release, scripts, cwd)),
  });
}

/** A generated value in one line, for a reader. */
export function formatValue(value: unknown): string {
  return JSON.stringify(toPlainJson(value)) ?? "nothing";
}

function releaseOf(
  release: ReleaseResult,
  scripts: ReadonlyMap<PropertyResult, string>,
  cwd: string,
): unknown {
  return {
    name: release.name,
    folder: displayPath(release.folder, cwd),
    properties: release.properties.map((result) => propertyOf(result, scripts.get(result))),
    questions: release.questions.map(questionOf),
  };
}

function propertyOf(result: PropertyResult, script: string | undefined): unknown {
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
    ...(result.verdict === "violated" ? violationOf(result, script) : {}),
  };
}

function violationOf(result: PropertyResult, script: string | undefined): object {
  const { violation } = result;

  return {
    shrinks: result.shrinks,
    counterexample: result.counterexample,
    seed: result.seed,
    path: result.path,
    script,
    violation: violation && { expected: violation.expected, got: violation.got, hint: violation.hint },
  };
}

function questionOf({ id, title, answer, figures, lines }: Measurement): unknown {
  return { id, title, answer, figures, lines };
}

/** The value in JSON's own types; a key whose value is undefined is left out. */
export function toPlainJson(value: unknown, above: readonly object[] = []): unknown {
  if (typeof value === "string") return portable(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
  if (typeof value !== "object" || value === null) return value;
  if (above.includes(value)) return "[circular]";
  const path = [...above, value];
  if (Array.isArray(value)) return value.map((item: unknown) => toPlainJson(item, path));

  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [portable(key), toPlainJson(item, path)]));
}
