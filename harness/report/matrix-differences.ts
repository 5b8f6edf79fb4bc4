/**
 * What differs between the major versions of PostgreSQL, of runs with one seed (pure). Each aspect of a run is a text by
 * subject; a further aspect, such as the shapes of plans, is one more entry in the list.
 */
import type { ReleaseResult, RunResult } from "../property/verdict.ts";
import { classifyVerdict } from "./exit-status.ts";
import { statusLabels } from "./rules-table.ts";

/** What some versions say of a subject. */
export interface VersionGroup {
  readonly majors: readonly number[];
  readonly text: string;
}

/** A subject of which not all versions say the same. */
export interface VersionDifference {
  readonly release: string;
  /** Such as `verdicts`. */
  readonly aspect: string;
  /** Such as `C6`. */
  readonly subject: string;
  /** At least two; each version is in one at most. */
  readonly said: readonly VersionGroup[];
}

interface Aspect {
  readonly name: string;
  /** What a version without the subject is taken to say; undefined where it then has no part in the comparison. */
  readonly otherwise?: string;
  of(release: ReleaseResult): readonly (readonly [subject: string, text: string])[];
}

/** Durations and seeds are no aspect: they differ between any two runs. */
const ASPECTS: readonly Aspect[] = [
  {
    name: "verdicts",
    otherwise: "not checked",
    of: ({ properties }) => properties.map((result) => [result.id, statusLabels[classifyVerdict(result)]]),
  },
  {
    name: "messages",
    of: ({ properties }) =>
      properties.flatMap(({ id, violation }) => (violation === undefined ? [] : [[id, violation.got]])),
  },
  {
    name: "reasons",
    of: ({ properties }) =>
      properties.flatMap(({ id, reason }) => (reason === undefined ? [] : [[id, reason]])),
  },
  {
    name: "locks and figures",
    otherwise: "nothing",
    of: ({ questions }) =>
      questions.flatMap(({ id, answer, lines = [] }) => [
        [id, answer] as const,
        ...lines.map((line) => partedLine(id, line)),
      ]),
  },
];

/** All differences, in the order of the releases, the aspects and the subjects. */
export function compareVersions(runs: readonly RunResult[]): readonly VersionDifference[] {
  const names = [...new Set(runs.flatMap(({ releases }) => releases.map(({ name }) => name)))];

  return names.flatMap((release) => ASPECTS.flatMap((aspect) => differencesIn(runs, release, aspect)));
}

export function getMajor({ server }: RunResult): number {
  return Number.parseInt(server.version, 10);
}

function differencesIn(
  runs: readonly RunResult[],
  release: string,
  aspect: Aspect,
): readonly VersionDifference[] {
  const texts = runs.map((run) => ({
    major: getMajor(run),
    of: new Map(run.releases.filter(({ name }) => name === release).flatMap((found) => aspect.of(found))),
  }));
  const subjects = [...new Set(texts.flatMap(({ of }) => [...of.keys()]))];

  return subjects.flatMap((subject) => {
    const majors = new Map<string, number[]>();
    for (const { major, of } of texts) {
      const text = of.get(subject) ?? aspect.otherwise;
      if (text !== undefined) majors.set(text, [...(majors.get(text) ?? []), major]);
    }
    const said = [...majors].map(([text, same]) => ({ majors: same, text }));

    return said.length > 1 ? [{ release, aspect: aspect.name, subject, said }] : [];
  });
}

/** A line says of what it is before its first colon that is followed by a blank. */
function partedLine(id: string, line: string): readonly [string, string] {
  const end = line.indexOf(": ");

  return end === -1 ? [`${id} ${line}`, "told"] : [`${id} ${line.slice(0, end)}`, line.slice(end + 2)];
}
