/**
 * Formats a run of the gates as a page for a browser, in one file: the verbose report of the terminal, then each gate in
 * full (pure).
 */
import type { BenchResult, GateResult } from "../bench/result.ts";
import { formatGate } from "./bench-gate.ts";
import { type BenchReferences, formatBench } from "./bench-terminal.ts";
import { formatPage } from "./html.ts";
import { escapeLines, type Markup, markup } from "./markup.ts";

/** Wide enough that no table of the gates is wrapped. */
const STYLE = { colour: false, width: 120, verbose: true };

/** The page, ended by a line feed. */
export function formatBenchHtml(bench: BenchResult, references: BenchReferences): string {
  const names = bench.releases.map(({ name }) => name);

  return formatPage({
    title: `Plumbline, the gates: ${names.join(", ")}`,
    heading: `Plumbline ${bench.plumbline}, the gates`,
    body: [
      preformatted(formatBench(bench, STYLE, references).trimEnd().split("\n")),
      ...bench.releases.flatMap(({ name, gates }) => [
        markup`<h2>${name}: each gate</h2>`,
        ...gates.map(formatArticle),
      ]),
    ],
  });
}

function formatArticle(gate: GateResult): Markup {
  return markup`<article>
<h3>${gate.id}: ${gate.title}</h3>
<p>${gate.verdict}${gate.expected ? "" : ", unexpectedly"}${gate.reason === undefined ? "" : `: ${gate.reason}`}</p>
${preformatted(formatGate(gate, STYLE))}
</article>`;
}

function preformatted(texts: readonly string[]): Markup {
  return markup`<pre>${escapeLines(texts)}</pre>`;
}
