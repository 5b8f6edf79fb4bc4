/**
 * Several versions of PostgreSQL told as one (pure): what differs between them in a table, then every violation that the
 * ledger does not know, once and in full, then the conclusions.
 */
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { printable } from "../text/sanitize.ts";
import { concludingSentence } from "./conclusion.ts";
import { exitCodeOf, standingOf } from "./exit-status.ts";
import { jsonOf } from "./json.ts";
import { type Difference, differencesBetween, majorOf } from "./matrix-differences.ts";
import { bareTable } from "./plain-table.ts";
import type { References } from "./reproduce-line.ts";
import { paintsOf, readable, type Style } from "./style.ts";
import { wrap } from "./text-width.ts";
import { paragraph, tellFully } from "./violation-text.ts";

/** A version that could not be run, and why. */
export interface Untried {
  readonly major: number;
  readonly problem: string;
}

export interface Matrix {
  readonly seed: number;
  /** At least one, in the order of their versions. */
  readonly runs: readonly RunResult[];
  readonly untried: readonly Untried[];
}

/** What a telling of one version's run refers to. */
export type ReferencesOf = (run: RunResult) => References;

/** 1 where any version gave cause for it, 2 where on one nothing could be decided, otherwise 0. */
export function matrixExitCode({ runs }: Matrix): 0 | 1 | 2 {
  const codes = runs.map(exitCodeOf);

  return codes.includes(1) ? 1 : codes.includes(2) ? 2 : 0;
}

/** The whole matrix, ended by a line feed. */
export function tellMatrix(matrix: Matrix, style: Style, referencesOf: ReferencesOf): string {
  const { runs, seed, untried } = matrix;
  const { strong, faint } = paintsOf(style);
  const versions = runs.map(({ server }) => server.version).join(", ");
  const kinds = [...new Set(runs.map(({ server }) => server.kind))].join(", ");
  const blocks = [
    [strong(`PostgreSQL ${versions}`)],
    ...differenceBlocks(matrix, style),
    ...surprises(runs).map(([run, release, result]) => [
      faint(`on PostgreSQL ${majorOf(run)}, ${printable(release.name)}`),
      ...tellFully(release, result, style, referencesOf(run)),
    ]),
    conclusions(matrix, style),
    ...untried.map(({ major, problem }) => paragraph(`${major} could not be run: ${problem}`, style)),
    [faint(`seed ${seed}, ${kinds}, ${secondsOf(runs)}`)],
  ];

  return blocks.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

/** One document with each version's run in it, as `verify` writes it. */
export function matrixJson(
  { seed, runs, untried }: Matrix,
  scripts: ReadonlyMap<PropertyResult, string>,
): unknown {
  return {
    plumbline: runs[0]?.plumbline,
    seed,
    matrix: runs.map((run) => jsonOf(run, scripts)),
    differences: differencesBetween(runs),
    untried,
  };
}

/** All versions as one run, each of whose releases says on which version it was verified. */
export function joined({ seed, runs }: Matrix): RunResult {
  return {
    plumbline: runs[0]?.plumbline ?? "",
    seed,
    server: { kind: "matrix", version: runs.map(({ server }) => server.version).join(", ") },
    durationMs: runs.reduce((sum, { durationMs }) => sum + durationMs, 0),
    releases: runs.flatMap((run) =>
      run.releases.map((release) => ({
        ...release,
        name: `${release.name} on PostgreSQL ${majorOf(run)}`,
      })),
    ),
  };
}

function differenceBlocks({ runs }: Matrix, style: Style): readonly (readonly string[])[] {
  const { strong } = paintsOf(style);
  const all = differencesBetween(runs);
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
      ...difference.said.flatMap(({ majors, text }) => paragraph(`${rangesOf(majors)}: ${text}`, style)),
    ]),
  ];
}

function verdictTable(differences: readonly Difference[], runs: readonly RunResult[]): readonly string[] {
  const majors = runs.map(majorOf);
  const columns = ["release", "rule", ...majors.map(String)].map((head) => ({ head, end: "left" as const }));
  const rows = differences.map(({ release, subject, said }) => [
    printable(release),
    printable(subject),
    ...majors.map((major) => said.find((saying) => saying.majors.includes(major))?.text ?? ""),
  ]);

  return bareTable(columns, rows).map((line) => `  ${line}`);
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
        if (standingOf(result) !== "violated" || seen.has(key)) return [];
        seen.add(key);

        return [[run, release, result] as const];
      }),
    ),
  );
}

/** The sentence on each release, once for all the versions that come to it. */
function conclusions({ runs }: Matrix, style: Style): readonly string[] {
  const majors = new Map<string, number[]>();
  for (const run of runs) {
    for (const { name, properties } of run.releases) {
      const sentence = concludingSentence(name, properties);
      majors.set(sentence, [...(majors.get(sentence) ?? []), majorOf(run)]);
    }
  }
  const { good, bad } = paintsOf(style);
  const paint = matrixExitCode({ runs, seed: 0, untried: [] }) === 0 ? good : bad;

  return [...majors].flatMap(([sentence, same]) =>
    wrap(printable(`On PostgreSQL ${rangesOf(same)}: ${sentence}`), readable(style.width)).map(paint),
  );
}

/** Such as `14-16, 18`. */
export function rangesOf(majors: readonly number[]): string {
  const starts = majors.filter((major) => !majors.includes(major - 1));
  const ends = majors.filter((major) => !majors.includes(major + 1));

  return starts.map((start, index) => (ends[index] === start ? start : `${start}-${ends[index]}`)).join(", ");
}

/** Such as `14 in 26 s, 15 in 25 s`. */
function secondsOf(runs: readonly RunResult[]): string {
  return runs.map((run) => `${majorOf(run)} in ${Math.round(run.durationMs / 1_000)} s`).join(", ");
}
