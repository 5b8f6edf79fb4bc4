/**
 * Formats the runs on several versions of PostgreSQL as one report: what differs between them, each new violation once
 * and in full, the conclusions.
 */
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { sanitize } from "../text/sanitize.ts";
import { formatConclusion } from "./conclusion.ts";
import { classifyVerdict, getExitCode } from "./exit-status.ts";
import { toJson } from "./json.ts";
import { formatName, splitKinds } from "./kinds.ts";
import { formatPlainTable } from "./plain-table.ts";
import type { References, Scripts } from "./reproduce-line.ts";
import { statusLabels } from "./rules-table.ts";
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
  const differs = compareVersions(runs).some(({ aspect }) => aspect === LEFT.name);

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
    ...others.map((difference) => [
      strong(sanitize(`${difference.release}, ${difference.subject}: ${difference.aspect} differ`)),
      ...difference.said.flatMap(({ majors, text }) => formatParagraph(`${formatRanges(majors)}: ${text}`, style)),
    ]),
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
    .filter(({ aspect }) => aspect === LEFT.name)
    .map(({ release, said }) => {
      const versions = said.map((group) => formatRanges(group.majors)).join(" and ");

      return `${release} must not ship: what it leaves is not the same on PostgreSQL ${versions}`;
    });

  return [...sentences, ...unequal].flatMap((sentence) => wrapText(sanitize(sentence), style.width).map(paint));
}

/** Such as `14-16, 18`. */
export function formatRanges(majors: readonly number[]): string {
  const starts = majors.filter((major) => !majors.includes(major - 1));
  const ends = majors.filter((major) => !majors.includes(major + 1));

  return starts.map((start, index) => (ends[index] === start ? start : `${start}-${ends[index]}`)).join(", ");
}

/** Such as `14 in 26 s, 15 in 25 s`. */
function formatSeconds(runs: readonly RunResult[]): string {
  return runs.map((run) => `${getMajor(run)} in ${Math.round(run.durationMs / 1_000)} s`).join(", ");
}

interface VersionGroup {
  readonly majors: readonly number[];
  readonly text: string;
}

/** A subject whose text is not the same on all versions. */
interface VersionDifference {
  readonly release: string;
  readonly aspect: string;
  readonly subject: string;
  /** At least two groups; each version is in one at most. */
  readonly said: readonly VersionGroup[];
}

interface Aspect {
  readonly name: string;
  /** The text of a version without the subject; where it is left out, that version is not compared. */
  readonly otherwise?: string;
  list(release: ReleaseResult): readonly (readonly [subject: string, text: string])[];
}

/** Durations are no aspect: they differ between any two runs. */
const ASPECTS: readonly Aspect[] = [
  {
    name: "verdicts",
    otherwise: "not checked",
    list: ({ properties }) => properties.map((result) => [result.id, statusLabels[classifyVerdict(result)]]),
  },
  {
    name: "kinds",
    list: ({ properties }) =>
      properties.flatMap(({ id, kinds }) =>
        kinds === undefined ? [] : [[id, kinds.map(({ kind }) => kind).join(", ")]],
      ),
  },
  {
    name: "messages",
    list: ({ properties }) =>
      properties
        .flatMap(splitKinds)
        .flatMap((result) => (result.violation === undefined ? [] : [[formatName(result), result.violation.got]])),
  },
  {
    name: "reasons",
    list: ({ properties }) => properties.flatMap(({ id, reason }) => (reason === undefined ? [] : [[id, reason]])),
  },
  {
    name: "locks and figures",
    otherwise: "nothing",
    list: ({ questions }) =>
      questions
        .filter(({ comparesVersions }) => comparesVersions !== true)
        .flatMap(({ id, answer, lines = [] }) => [[id, answer] as const, ...lines.map((line) => splitLine(id, line))]),
  },
];

/** The schema and the rows after a migration: more often than not its first difference causes the others. */
const LEFT: Aspect = {
  name: "what it leaves",
  otherwise: "nothing",
  list: ({ questions }) =>
    questions.flatMap(({ id, lines = [], comparesVersions }) =>
      comparesVersions === true ? lines.map((line) => splitLine(id, line)) : [],
    ),
};

/** All differences, in the order of the releases, the aspects and the subjects. */
export function compareVersions(runs: readonly RunResult[]): readonly VersionDifference[] {
  const names = [...new Set(runs.flatMap(({ releases }) => releases.map(({ name }) => name)))];

  return names.flatMap((release) => [
    ...ASPECTS.flatMap((aspect) => compareAspect(runs, release, aspect)),
    ...compareAspect(
      runs.filter((run) => leavesSomething(run, release)),
      release,
      LEFT,
    ).slice(0, 1),
  ]);
}

/** False where the migration fails: other verdicts say so. */
function leavesSomething({ releases }: RunResult, release: string): boolean {
  return releases.some(
    ({ name, questions }) => name === release && questions.some(({ comparesVersions }) => comparesVersions === true),
  );
}

export function getMajor({ server }: RunResult): number {
  return Number.parseInt(server.version, 10);
}

function compareAspect(runs: readonly RunResult[], release: string, aspect: Aspect): readonly VersionDifference[] {
  const versions = runs.map((run) => ({
    major: getMajor(run),
    texts: new Map(run.releases.filter(({ name }) => name === release).flatMap((found) => aspect.list(found))),
  }));
  const subjects = [...new Set(versions.flatMap(({ texts }) => [...texts.keys()]))];

  return subjects.flatMap((subject) => {
    const majors = new Map<string, number[]>();
    for (const { major, texts } of versions) {
      const text = texts.get(subject) ?? aspect.otherwise;
      if (text !== undefined) majors.set(text, [...(majors.get(text) ?? []), major]);
    }
    const said = [...majors].map(([text, same]) => ({ majors: same, text }));

    return said.length > 1 ? [{ release, aspect: aspect.name, subject, said }] : [];
  });
}

/** The subject of a line is before its first colon that is followed by a space. */
function splitLine(id: string, line: string): readonly [string, string] {
  const end = line.indexOf(": ");

  return end === -1 ? [`${id} ${line}`, "listed"] : [`${id} ${line.slice(0, end)}`, line.slice(end + 2)];
}
