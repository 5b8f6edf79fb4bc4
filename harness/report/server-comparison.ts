/**
 * Compares the verdicts in memory with those of a server on the same cases. A different verdict is a defect of the
 * in-memory server; an unknown one is no difference.
 */
import type { PropertyResult, RunResult } from "../property/verdict.ts";
import { pluralize } from "../text/pluralize.ts";
import { sanitize } from "../text/sanitize.ts";
import { createPaints, type Style } from "./style.ts";
import { wrapText } from "./text-layout.ts";
import { formatParagraph } from "./violation-text.ts";

interface Disagreement {
  readonly release: string;
  readonly memory: PropertyResult;
  readonly server: PropertyResult;
}

interface ServerComparison {
  readonly compared: number;
  readonly disagreements: readonly Disagreement[];
}

export function compareWithMemory(memory: RunResult, server: RunResult): ServerComparison {
  const pairs = memory.releases.flatMap(({ name, properties }) =>
    properties.flatMap((mine) => {
      const theirs = server.releases
        .find((release) => release.name === name)
        ?.properties.find(({ id }) => id === mine.id);
      const isDecided = mine.verdict !== "unknown" && theirs !== undefined && theirs.verdict !== "unknown";

      return isDecided ? [{ release: name, memory: mine, server: theirs }] : [];
    }),
  );

  return {
    compared: pairs.length,
    disagreements: pairs.filter((pair) => pair.memory.verdict !== pair.server.verdict),
  };
}

export function formatServerComparison(
  { compared, disagreements }: ServerComparison,
  memory: RunResult,
  server: RunResult,
  style: Style,
): string {
  const names = `${memory.server.version} and PostgreSQL ${server.server.version}`;
  const { good, bad } = createPaints(style);
  const counted = `${pluralize(compared, "property", "properties")} decided by both`;
  const heading =
    compared === 0
      ? `Nothing was decided by both ${names}.`
      : disagreements.length === 0
        ? `${names} agree on all ${counted}.`
        : `${names} differ on ${disagreements.length} of ${counted}; PostgreSQL is right:`;
  const paint = disagreements.length === 0 ? good : bad;
  const lines = disagreements.flatMap((one) =>
    formatParagraph(
      `${one.release}, ${one.memory.id}: memory: ${formatVerdict(one.memory)}, PostgreSQL: ${formatVerdict(one.server)}`,
      style,
    ),
  );

  return `${[...wrapText(sanitize(heading), style.width).map(paint), ...lines].join("\n")}\n`;
}

function formatVerdict({ verdict, violation }: PropertyResult): string {
  return violation === undefined ? verdict : `${verdict} (${violation.got})`;
}
