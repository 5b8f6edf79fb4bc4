/**
 * Formats the runs on several versions of PostgreSQL as one report: what differs between them, each new violation once
 * and in full, the conclusions.
 */
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { sanitize } from "../text/sanitize.ts";
import {
  compareVersions,
  describeDifference,
  formatRanges,
  getMajor,
  isFault,
  type VersionDifference,
} from "./compare-versions.ts";
import { formatConclusion } from "./conclusion.ts";
import { classifyVerdict, getExitCode } from "./exit-status.ts";
import { toJson } from "./json.ts";
import { formatName, splitKinds } from "./kinds.ts";
import { formatPlainTable } from "./plain-table.ts";
import type { References, Scripts } from "./reproduce-line.ts";
import { createPaints, type Style } from "./style.ts";
import { wrapText } from "./text-layout.ts";
import { formatParagraph, formatViolation } from "./violation-text.ts";

export interface UntestedVersion {
  readonly major: number;
  readonly problem: string;
}

export interface MatrixRun {
  readonly seed: number;
  /** At least one, in the order of their versions. */
  readonly runs: readonly RunResult[];
  readonly untried: readonly UntestedVersion[];
}

/** The most serious exit code of the versions: 1 before 2, and 2 before 0; 1 where a migration leaves something else. */
export function getMatrixExitCode({ runs }: MatrixRun): 0 | 1 | 2 {
  const codes = runs.map(getExitCode);
  const differs = compareVersions(runs).some(isFault);

  return differs || codes.includes(1) ? 1 : codes.includes(2) ? 2 : 0;
}

/** The whole matrix, ended by a line feed. */
export function formatMatrix(matrix: MatrixRun, style: Style, getReferences: (run: RunResult) => References): string {
  const { runs, seed, untried } = matrix;
  const { strong, faint } = createPaints(style);
  const versions = runs.map(({ server }) => server.version).join(", ");
  const kinds = [...new Set(runs.map(({ server }) => server.kind))].join(", ");
  const blocks = [
    [strong(`PostgreSQL ${versions}`)],
    ...formatDifferences(matrix, style),
    ...findNewViolations(runs).map(([run, release, result]) => [
      faint(`on PostgreSQL ${getMajor(run)}`),
      ...formatViolation(release, result, style, getReferences(run)),
    ]),
    formatConclusions(runs, style),
    ...untried.map(({ major, problem }) => formatParagraph(`${major} could not be run: ${problem}`, style)),
    [faint(`seed ${seed}, ${kinds}, ${formatSeconds(runs)}`)],
  ];

  return blocks.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

/** One document with each version's run in it, as `verify` writes it. */
export function toMatrixJson({ seed, runs, untried }: MatrixRun, scripts: Scripts): unknown {
  return {
    plumbline: runs[0]?.plumbline,
    seed,
    matrix: runs.map((run) => toJson(run, scripts)),
    differences: compareVersions(runs),
    untried,
  };
}

/** All versions as one run, whose releases are named with their version. */
export function joinMatrix({ seed, runs }: MatrixRun): RunResult {
  return {
    plumbline: runs[0]?.plumbline ?? "",
    seed,
    server: { kind: "matrix", version: runs.map(({ server }) => server.version).join(", ") },
    durationMs: runs.reduce((sum, { durationMs }) => sum + durationMs, 0),
    releases: runs.flatMap((run) =>
      run.releases.map((release) => ({ ...release, name: `${release.name} on PostgreSQL ${getMajor(run)}` })),
    ),
  };
}

function formatDifferences({ runs }: MatrixRun, style: Style): readonly (readonly string[])[] {
  const { strong } = createPaints(style);
  const all = compareVersions(runs);
  if (runs.length < 2) return [];
  if (all.length === 0) return [["No verdict, message, lock mode or figure differs between these versions."]];
  const verdicts = all.filter(({ aspect }) => aspect === "verdicts");
  const others = all.filter(({ aspect }) => aspect !== "verdicts");

  return [
    ...(verdicts.length === 0 ? [] : [[strong("Verdicts that differ"), ...formatVerdictTable(verdicts, runs)]]),
    ...others
      .map(describeDifference)
      .map(({ title, lines }) => [strong(sanitize(title)), ...lines.flatMap((line) => formatParagraph(line, style))]),
  ];
}

function formatVerdictTable(differences: readonly VersionDifference[], runs: readonly RunResult[]): readonly string[] {
  const majors = runs.map(getMajor);
  const columns = ["release", "property", ...majors.map(String)].map((head) => ({ head, end: "left" as const }));
  const rows = differences.map(({ release, subject, said }) => [
    sanitize(release),
    sanitize(subject),
    ...majors.map((major) => said.find((group) => group.majors.includes(major))?.text ?? ""),
  ]);

  return formatPlainTable(columns, rows).map((line) => `  ${line}`);
}

function findNewViolations(
  runs: readonly RunResult[],
): readonly (readonly [RunResult, ReleaseResult, PropertyResult])[] {
  const seen = new Set<string>();

  return runs.flatMap((run) =>
    run.releases.flatMap((release) =>
      release.properties.flatMap(splitKinds).flatMap((result) => {
        const key = JSON.stringify([release.folder, formatName(result)]);
        if (classifyVerdict(result) !== "violated" || seen.has(key)) return [];
        seen.add(key);

        return [[run, release, result] as const];
      }),
    ),
  );
}

/** The conclusion on each release, once for all versions on which it is the same. */
function formatConclusions(runs: readonly RunResult[], style: Style): readonly string[] {
  const majors = new Map<string, number[]>();
  for (const run of runs) {
    for (const { name, properties } of run.releases) {
      const sentence = formatConclusion(name, properties);
      majors.set(sentence, [...(majors.get(sentence) ?? []), getMajor(run)]);
    }
  }
  const { good, bad } = createPaints(style);
  const paint = getMatrixExitCode({ runs, seed: 0, untried: [] }) === 0 ? good : bad;

  const sentences = [...majors].map(([sentence, same]) => `On PostgreSQL ${formatRanges(same)}: ${sentence}`);
  const unequal = compareVersions(runs)
    .filter(isFault)
    .map(({ release, said }) => {
      const versions = said.map((group) => formatRanges(group.majors)).join(" and ");

      return `${release} must not ship: what it leaves is not the same on PostgreSQL ${versions}`;
    });

  return [...sentences, ...unequal].flatMap((sentence) => wrapText(sanitize(sentence), style.width).map(paint));
}

/** Such as `14 in 26 s, 15 in 25 s`. */
function formatSeconds(runs: readonly RunResult[]): string {
  return runs.map((run) => `${getMajor(run)} in ${Math.round(run.durationMs / 1_000)} s`).join(", ");
}
