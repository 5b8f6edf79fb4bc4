/** Finds what differs between the runs on several versions of PostgreSQL (pure). */
import type { ReleaseResult, RunResult } from "../property/verdict.ts";
import { classifyVerdict } from "./exit-status.ts";
import { formatName, splitKinds } from "./kinds.ts";
import { statusLabels } from "./rules-table.ts";

/** Such as `14-16, 18`. */
export function formatRanges(majors: readonly number[]): string {
  const starts = majors.filter((major) => !majors.includes(major - 1));
  const ends = majors.filter((major) => !majors.includes(major + 1));

  return starts.map((start, index) => (ends[index] === start ? start : `${start}-${ends[index]}`)).join(", ");
}

interface VersionGroup {
  readonly majors: readonly number[];
  readonly text: string;
}

/** A subject whose text is not the same on all versions. */
export interface VersionDifference {
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

/** True where the migration leaves something else: other verdicts and figures may differ between versions. */
export function isFault({ aspect }: VersionDifference): boolean {
  return aspect === LEFT.name;
}

/** Such as `contracts, M1: messages differ`, and a line for each text with its versions. */
export function describeDifference({ release, subject, aspect, said }: VersionDifference) {
  return {
    title: `${release}, ${subject}: ${aspect} differ`,
    lines: said.map(({ majors, text }) => `${formatRanges(majors)}: ${text}`),
  };
}

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
