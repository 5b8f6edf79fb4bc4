/**
 * Several versions of PostgreSQL told as one (pure): what differs between them in a table, then every violation that the
 * ledger does not know, once and in full, then the conclusions.
 */
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { printable } from "../text/sanitize.ts";
import { formatConclusion } from "./conclusion.ts";
import { classifyVerdict, getExitCode } from "./exit-status.ts";
import { toJson } from "./json.ts";
import { compareVersions, getMajor, type VersionDifference } from "./matrix-differences.ts";
import { formatPlainTable } from "./plain-table.ts";
import type { References } from "./reproduce-line.ts";
import { createPaints, type Style } from "./style.ts";
import { wrapText } from "./text-layout.ts";
import { formatParagraph, formatViolation } from "./violation-text.ts";

/** A version that could not be run, and why. */
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

/** What a telling of one version's run refers to. */
export type GetReferences = (run: RunResult) => References;

/** 1 where any version gave cause for it, 2 where on one nothing could be decided, otherwise 0. */
export function getMatrixExitCode({ runs }: MatrixRun): 0 | 1 | 2 {
  const codes = runs.map(getExitCode);

  return codes.includes(1) ? 1 : codes.includes(2) ? 2 : 0;
}

/** The whole matrix, ended by a line feed. */
export function formatMatrix(matrix: MatrixRun, style: Style, referencesOf: GetReferences): string {
  const { runs, seed, untried } = matrix;
  const { strong, faint } = createPaints(style);
  const versions = runs.map(({ server }) => server.version).join(", ");
  const kinds = [...new Set(runs.map(({ server }) => server.kind))].join(", ");
  const blocks = [
    [strong(`PostgreSQL ${versions}`)],
    ...differenceBlocks(matrix, style),
    ...surprises(runs).map(([run, release, result]) => [
      faint(`on PostgreSQL ${getMajor(run)}, ${printable(release.name)}`),
      ...formatViolation(release, result, style, referencesOf(run)),
    ]),
    conclusions(matrix, style),
    ...untried.map(({ major, problem }) => formatParagraph(`${major} could not be run: ${problem}`, style)),
    [faint(`seed ${seed}, ${kinds}, ${secondsOf(runs)}`)],
  ];

  return blocks.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

/** One document with each version's run in it, as `verify` writes it. */
export function toMatrixJson(
  { seed, runs, untried }: MatrixRun,
  scripts: ReadonlyMap<PropertyResult, string>,
): unknown {
  return {
    plumbline: runs[0]?.plumbline,
    seed,
    matrix: runs.map((run) => toJson(run, scripts)),
    differences: compareVersions(runs),
    untried,
  };
}

/** All versions as one run, each of whose releases says on which version it was verified. */
export function joinMatrix({ seed, runs }: MatrixRun): RunResult {
  return {
    plumbline: runs[0]?.plumbline ?? "",
    seed,
    server: { kind: "matrix", version: runs.map(({ server }) => server.version).join(", ") },
    durationMs: runs.reduce((sum, { durationMs }) => sum + durationMs, 0),
    releases: runs.flatMap((run) =>
      run.releases.map((release) => ({
        ...release,
        name: `${release.name} on PostgreSQL ${getMajor(run)}`,
      })),
    ),
  };
}

function differenceBlocks({ runs }: MatrixRun, style: Style): readonly (readonly string[])[] {
  const { strong } = createPaints(style);
  const all = compareVersions(runs);
  if (runs.length < 2) return [];
  if (all.length === 0) {
    return [["No verdict, message, lock mode or figure differs between these versions."]];
  }
  const verdicts = all.filter(({ aspect }) => aspect === "verdicts");
  const others = all.filter(({ aspect }) => aspect !== "verdicts");

  return [
    ...(verdicts.length === 0 ? [] : [[strong("Verdicts that differ"), ...verdictTable(verdicts, runs)]]),
    ...others.map((difference) => [
      strong(printable(`${difference.release}, ${difference.subject}: ${difference.aspect} differ`)),
      ...difference.said.flatMap(({ majors, text }) =>
        formatParagraph(`${formatRanges(majors)}: ${text}`, style),
      ),
    ]),
  ];
}

function verdictTable(
  differences: readonly VersionDifference[],
  runs: readonly RunResult[],
): readonly string[] {
  const majors = runs.map(getMajor);
  const columns = ["release", "rule", ...majors.map(String)].map((head) => ({ head, end: "left" as const }));
  const rows = differences.map(({ release, subject, said }) => [
    printable(release),
    printable(subject),
    ...majors.map((major) => said.find((saying) => saying.majors.includes(major))?.text ?? ""),
  ]);

  return formatPlainTable(columns, rows).map((line) => `  ${line}`);
}

/** Each violation that a ledger does not know, on the first version that shows it. */
function surprises(
  runs: readonly RunResult[],
): readonly (readonly [RunResult, ReleaseResult, PropertyResult])[] {
  const seen = new Set<string>();

  return runs.flatMap((run) =>
    run.releases.flatMap((release) =>
      release.properties.flatMap((result) => {
        const key = JSON.stringify([release.folder, result.id]);
        if (classifyVerdict(result) !== "violated" || seen.has(key)) return [];
        seen.add(key);

        return [[run, release, result] as const];
      }),
    ),
  );
}

/** The sentence on each release, once for all the versions that come to it. */
function conclusions({ runs }: MatrixRun, style: Style): readonly string[] {
  const majors = new Map<string, number[]>();
  for (const run of runs) {
    for (const { name, properties } of run.releases) {
      const sentence = formatConclusion(name, properties);
      majors.set(sentence, [...(majors.get(sentence) ?? []), getMajor(run)]);
    }
  }
  const { good, bad } = createPaints(style);
  const paint = getMatrixExitCode({ runs, seed: 0, untried: [] }) === 0 ? good : bad;

  return [...majors].flatMap(([sentence, same]) =>
    wrapText(printable(`On PostgreSQL ${formatRanges(same)}: ${sentence}`), style.width).map(paint),
  );
}

/** Such as `14-16, 18`. */
export function formatRanges(majors: readonly number[]): string {
  const starts = majors.filter((major) => !majors.includes(major - 1));
  const ends = majors.filter((major) => !majors.includes(major + 1));

  return starts.map((start, index) => (ends[index] === start ? start : `${start}-${ends[index]}`)).join(", ");
}

/** Such as `14 in 26 s, 15 in 25 s`. */
function secondsOf(runs: readonly RunResult[]): string {
  return runs.map((run) => `${getMajor(run)} in ${Math.round(run.durationMs / 1_000)} s`).join(", ");
}
