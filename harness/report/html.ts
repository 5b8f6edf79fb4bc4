/**
 * Formats a run as one HTML file without scripts that needs no other file: what the terminal shows, and every violation
 * in full.
 */
import type { FolderNotes, PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { formatCoverage } from "../rows/format-coverage.ts";
import { formatConclusion } from "./conclusion.ts";
import { classifyVerdict, filterByStatus, findWorstStatus } from "./exit-status.ts";
import { formatSqlToPaste } from "./inline-sql.ts";
import { formatValue } from "./json.ts";
import { describeCut, findLedgerProblems, findScript, formatName, splitKinds } from "./kinds.ts";
import { escapeLines, Markup, markup } from "./markup.ts";
import { displayPath, formatReproduceCommand, type References } from "./reproduce-line.ts";
import { statusLabels } from "./rules-table.ts";
import { paintNames } from "./style.ts";
import { formatVerdictCounts } from "./summary.ts";
import { formatRunFacts, toSentence } from "./terminal.ts";
import { describeUnjudged, groupByNeed, type NeedOfMany } from "./unmet-needs.ts";
import { describeSearch } from "./violation-text.ts";

interface ReportedRun {
  readonly run: RunResult;
  readonly references: References;
}

/** The comments between the statements are wrapped, the statements are not. */
const SQL_STYLE = { colour: false, width: 100 };

/** The page, ended by a line feed; several runs, such as those of a matrix, follow each other. */
export function formatHtml(runs: readonly ReportedRun[]): string {
  const names = [...new Set(runs.flatMap(({ run }) => run.releases.map(({ name }) => name)))];

  return formatPage({
    title: `Plumbline: ${names.join(", ")}`,
    heading: `Plumbline ${runs[0]?.run.plumbline ?? ""}`,
    body: runs.map((reported, index) => formatOneRun(reported, `${index}`)),
  });
}

interface Page {
  readonly title: string;
  readonly heading: string;
  readonly body: readonly Markup[];
}

/** A page with the common style, ended by a line feed. */
export function formatPage({ title, heading, body }: Page): string {
  const page = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<h1>${heading}</h1>
${body}
</body>
</html>
`;

  return page.html;
}

function formatOneRun({ run, references }: ReportedRun, prefix: string): Markup {
  const shard = run.shard === undefined ? "" : `, part ${run.shard} of the properties`;

  return markup`<p class="faint">${formatRunFacts(run)}${shard}</p>
${groupByNeed(run.releases).map(formatNeed)}
${(run.folders ?? []).map((one) => formatFolder(one, references.cwd))}
${run.releases.map((release, index) => formatRelease(release, run, references, `${prefix}-${index}`))}`;
}

function formatNeed({ message, remedy, names }: NeedOfMany): Markup {
  return markup`<section>
<h2>${describeUnjudged(names)}</h2>
<p>${toSentence(message)}</p>
<dl>${formatTerm("hint", remedy)}</dl>
</section>`;
}

function formatFolder({ folder, layout, notes }: FolderNotes, cwd: string): Markup {
  return markup`<section>
<h2>Notes: <code>${displayPath(folder, cwd)}</code>, read as ${layout}</h2>
${formatList(notes.map((note) => markup`<li>${toSentence(note)}</li>`))}
</section>`;
}

function formatRelease(release: ReleaseResult, { server }: RunResult, references: References, prefix: string): Markup {
  const { name, folder, properties, questions, need, notes = [], coverage = [] } = release;
  const getAnchor = ({ id, kinds: [first] = [] }: PropertyResult) =>
    `${prefix}-${id}${first === undefined ? "" : `-${first.kind}`}`;
  const violations = (status: "violated" | "known") =>
    filterByStatus(properties.flatMap(splitKinds), status).map((result) =>
      formatViolationHtml(release, result, references, getAnchor(result)),
    );

  return markup`<section>
<h2>${name}</h2>
<p class="conclusion ${paintNames[findWorstStatus(properties)]}">${formatConclusion(name, properties, server.kind)}</p>
<p class="faint"><code>${displayPath(folder, references.cwd)}</code>, ${formatVerdictCounts(properties)}</p>
${formatTable(properties, getAnchor)}
${formatSection("New violations", violations("violated"))}
${formatSection("Known failures that are out of date", properties.flatMap(formatOutdated))}
${formatSection("Too many kinds", formatList(properties.flatMap((result) => describeCut(result) ?? []).map((text) => markup`<li>${text}</li>`)))}
${formatSection("Known failures", violations("known"))}
${formatSection("Unknown", formatList(need === undefined ? filterByStatus(properties, "unknown").map(formatUnknown) : []))}
${formatSection("Notes", formatList(notes.map(({ rule, subject, text }) => markup`<li>${rule}: ${subject}: ${text}</li>`)))}
${formatSection("Open questions", questions.map(formatQuestion))}
${formatSection("Generated rows", coverage.length === 0 ? [] : [markup`<pre>${escapeLines(formatCoverage(coverage).split("\n"))}</pre>`])}
</section>`;
}

function formatTable(results: readonly PropertyResult[], getAnchor: (result: PropertyResult) => string): Markup {
  const rows = results.map((result) => {
    const status = classifyVerdict(result);
    const isLinked = result.verdict === "violated";
    const id = isLinked ? markup`<a href="#${getAnchor(result)}">${result.id}</a>` : markup`${result.id}`;

    return markup`<tr><td>${id}</td><td class="${paintNames[status]}">${statusLabels[status]}</td><td class="count">${result.runs.toLocaleString("en-US")}</td><td>${result.title}</td></tr>`;
  });

  return markup`<div class="wide"><table>
<thead><tr><th scope="col">property</th><th scope="col">verdict</th><th scope="col" class="count">cases</th><th scope="col">title</th></tr></thead>
<tbody>
${rows}
</tbody>
</table></div>`;
}

function formatSection(title: string, items: readonly Markup[]): readonly Markup[] {
  return items.length === 0 ? [] : [markup`<h3>${title}</h3>`, ...items];
}

function formatList(items: readonly Markup[]): readonly Markup[] {
  return items.length === 0 ? [] : [markup`<ul>${items}</ul>`];
}

function formatOutdated(result: PropertyResult): readonly Markup[] {
  return findLedgerProblems(result).map(
    ({ name, problem, because, hint, entries }) => markup`<p><span class="bad">${name}</span>: ${result.title}</p>
<dl>${formatTerm("found", problem)}${formatTerm("cause", because)}${formatTerm("hint", hint)}</dl>
${entries.length === 0 ? [] : [markup`<pre>${escapeLines(entries)}</pre>`]}`,
  );
}

function formatUnknown({ id, reason = "no reason was given" }: PropertyResult): Markup {
  return markup`<li>${id}: ${reason}</li>`;
}

function formatQuestion({ id, title, answer, lines = [] }: ReleaseResult["questions"][number]): Markup {
  return markup`<p>${id}: ${title} <strong>${toSentence(answer)}</strong></p>
${formatList(lines.map((line) => markup`<li>${line}</li>`))}`;
}

/** In the order of the terminal. @param anchor the id that links refer to */
function formatViolationHtml(
  release: ReleaseResult,
  result: PropertyResult,
  references: References,
  anchor: string,
): Markup {
  const status = classifyVerdict(result);
  const { violation } = result;
  const script = findScript(references.scripts, result);
  const terms = [
    formatTerm("rows", violation?.rows),
    formatTerm("expected", violation?.expected),
    formatTerm("got", violation?.got),
    formatTerm("cause", result.because),
    formatTerm("reproduce", markup`<code>${formatReproduceCommand(release, result, references)}</code>`),
    formatTerm("script", script === undefined ? undefined : markup`<code>${script}</code>`),
    formatTerm("declare", violation?.declare === undefined ? undefined : markup`<code>${violation.declare}</code>`),
    formatTerm("hint", violation?.hint),
  ].flat();

  return markup`<article id="${anchor}" class="${paintNames[status]}-edge">
<h4 class="${paintNames[status]}">${statusLabels[status]}: ${formatName(result)}</h4>
<dl>${formatTerm("property", `${result.rule}: ${result.title}`)}</dl>
${formatCounterexampleHtml(result)}
<dl>${terms}</dl>
</article>`;
}

function formatCounterexampleHtml(result: PropertyResult): Markup {
  const { violation, counterexample } = result;
  if (!violation?.script.length && counterexample === undefined) {
    return markup`<p class="faint">No counterexample was recorded.</p>`;
  }
  const text = violation?.script.length ? formatSqlToPaste(violation.script, SQL_STYLE) : [formatValue(counterexample)];

  return markup`<p class="faint">${describeSearch(result)}</p>
<pre>${escapeLines(text)}</pre>`;
}

function formatTerm(label: string, text: Markup | string | undefined): Markup[] {
  return text === undefined ? [] : [markup`<dt>${label}</dt><dd>${text}</dd>`];
}

const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1c2024; --faint: #5b646d; --line: #d8dde2; --code: #f5f7f9;
  --good: #14683a; --bad: #b3261e; --doubtful: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181b; --ink: #e4e7ea; --faint: #a0a8b0; --line: #363c42; --code: #1f2429;
    --good: #6fcf97; --bad: #ff8a80; --doubtful: #e8b84a;
  }
}
* { box-sizing: border-box; }
body { max-width: 70rem; margin: 0 auto; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; }
h1 { margin: 0; font-size: 1.5rem; }
h2 { margin: 2.5rem 0 .25rem; font-size: 1.3rem; }
h3 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
p { margin: .4rem 0; }
a { color: inherit; }
code, pre { font: .875rem/1.5 ui-monospace, Menlo, Consolas, monospace; }
pre { margin: .75rem 0; padding: .75rem; overflow-x: auto; background: var(--code); border: 1px solid var(--line); }
code { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--faint); font-weight: 600; }
td:nth-child(1), td:nth-child(2) { white-space: nowrap; }
.count { text-align: right; white-space: nowrap; }
.faint, dt { color: var(--faint); }
.good { color: var(--good); }
.bad { color: var(--bad); font-weight: 600; }
.doubtful { color: var(--doubtful); }
.conclusion { font-weight: 600; }
article { margin: 1.5rem 0; padding-left: 1rem; border-left: 3px solid var(--line); }
article:target, article.bad-edge { border-left-color: var(--bad); }
article h4 { margin: 0 0 .5rem; font-size: 1rem; }
dl { display: grid; grid-template-columns: 6rem 1fr; gap: .15rem 1rem; margin: .5rem 0; }
dd { margin: 0; min-width: 0; }
ul { margin: .4rem 0; padding-left: 1.25rem; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@media print {
  :root { --paper: #fff; --ink: #000; --faint: #444; --line: #bbb; --code: #fff;
    --good: #14683a; --bad: #b3261e; --doubtful: #6b4600; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  h2, h3, h4 { break-after: avoid; }
  tr, dl { break-inside: avoid; }
}
`;
