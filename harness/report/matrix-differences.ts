/**
 * Compares runs with one seed on several major versions of PostgreSQL. Each aspect of a run is a text by subject; a new
 * aspect is one more entry in the list.
 */
import type { ReleaseResult, RunResult } from "../property/verdict.ts";
import { classifyVerdict } from "./exit-status.ts";
import { statusLabels } from "./rules-table.ts";

/** The versions that have the same text for a subject. */
export interface VersionGroup {
  readonly majors: readonly number[];
  readonly text: string;
}

/** A subject whose text is not the same on all versions. */
export interface VersionDifference {
  readonly release: string;
  /** Such as `verdicts`. */
  readonly aspect: string;
  /** Such as `C6`. */
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
    name: "messages",
    list: ({ properties }) =>
      properties.flatMap(({ id, violation }) => (violation === undefined ? [] : [[id, violation.got]])),
  },
  {
    name: "reasons",
    list: ({ properties }) => properties.flatMap(({ id, reason }) => (reason === undefined ? [] : [[id, reason]])),
  },
  {
    name: "locks and figures",
    otherwise: "nothing",
    list: ({ questions }) =>
      questions.flatMap(({ id, answer, lines = [] }) => [
        [id, answer] as const,
        ...lines.map((line) => splitLine(id, line)),
      ]),
  },
];

/** All differences, in the order of the releases, the aspects and the subjects. */
export function compareVersions(runs: readonly RunResult[]): readonly VersionDifference[] {
  const names = [...new Set(runs.flatMap(({ releases }) => releases.map(({ name }) => name)))];

  return names.flatMap((release) => ASPECTS.flatMap((aspect) => compareAspect(runs, release, aspect)));
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
