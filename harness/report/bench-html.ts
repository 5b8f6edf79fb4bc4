/**
 * A run of the gates as a page for a browser: one file that needs nothing else. What the terminal tells stands first, and
 * then each gate in full, which the terminal does for those that are not kept (pure).
 */
import type { BenchResult, GateResult } from "../bench/result.ts";
import { tellBench, tellGate } from "./bench-terminal.ts";
import { pageOf } from "./html.ts";
import { lines, type Markup, markup } from "./markup.ts";

/** Wide enough that no table of the gates is wrapped. */
const PLAIN = { colour: false, width: 120 };

/** The page, ended by a line feed. */
export function benchHtmlOf(bench: BenchResult, cwd: string): string {
  const names = bench.releases.map(({ name }) => name);

  return pageOf({
    title: `Plumbline, the gates: ${names.join(", ")}`,
    heading: `Plumbline ${bench.plumbline}, the gates`,
    body: [
      preformatted(tellBench(bench, PLAIN, cwd).trimEnd().split("\n")),
      ...bench.releases.flatMap(({ name, gates }) => [
        markup`<h2>${name}: each gate</h2>`,
        ...gates.map((gate) => gateMarkup(gate)),
      ]),
    ],
  });
}

function gateMarkup(gate: GateResult): Markup {
  return markup`<article>
<h3>${gate.id}: ${gate.title}</h3>
<p>${gate.verdict}${gate.expected ? "" : ", which is not expected"}${gate.reason === undefined ? "" : `: ${gate.reason}`}</p>
${preformatted(tellGate(gate, PLAIN))}
</article>`;
}

function preformatted(texts: readonly string[]): Markup {
  return markup`<pre>${lines(texts)}</pre>`;
}
