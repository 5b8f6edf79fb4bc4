/**
 * A run as a page for a browser: one file that needs nothing else, with no script in it, to be kept beside a build, sent
 * on, or printed. It tells what the terminal tells, and every violation in full (pure).
 */
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { formatConclusion } from "./conclusion.ts";
import { classifyVerdict, filterByStatus, type VerdictStatus } from "./exit-status.ts";
import { formatRunFacts } from "./footer.ts";
import { STYLE } from "./html-style.ts";
import { formatViolationHtml } from "./html-violation.ts";
import { Markup, markup } from "./markup.ts";
import { displayPath, type References } from "./reproduce-line.ts";
import { statusLabels } from "./rules-table.ts";
import { paintNames } from "./style.ts";
import { formatCounts, sentence } from "./terminal.ts";

/** A run, and what a telling of it refers to. */
export interface ReportedRun {
  readonly run: RunResult;
  readonly references: References;
}

/** The page, ended by a line feed. Of several runs, such as those of a matrix, one stands below the other. */
export function formatHtml(runs: readonly ReportedRun[]): string {
  const names = [...new Set(runs.flatMap(({ run }) => run.releases.map(({ name }) => name)))];

  return formatPage({
    title: `Plumbline: ${names.join(", ")}`,
    heading: `Plumbline ${runs[0]?.run.plumbline ?? ""}`,
    body: runs.map((told, index) => runMarkup(told, `${index}`)),
  });
}

/** A page that needs nothing else, ended by a line feed. */
export function formatPage({
  title,
  heading,
  body,
}: {
  readonly title: string;
  readonly heading: string;
  readonly body: readonly Markup[];
}): string {
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

function runMarkup({ run, references }: ReportedRun, place: string): Markup {
  const shard = run.shard === undefined ? "" : `, part ${run.shard} of the properties`;

  return markup`<p class="faint">${formatRunFacts(run)}${shard}</p>
${run.releases.map((release, index) => releaseMarkup(release, run, references, `${place}-${index}`))}`;
}

function releaseMarkup(
  release: ReleaseResult,
  { server }: RunResult,
  references: References,
  place: string,
): Markup {
  const { name, folder, properties } = release;
  const anchorOf = ({ id }: PropertyResult) => `${place}-${id}`;
  const tell = (result: PropertyResult) => formatViolationHtml(release, result, references, anchorOf(result));

  return markup`<section>
<h2>${name}</h2>
<p class="conclusion ${paintOf(properties)}">${formatConclusion(name, properties, server.kind)}</p>
<p class="faint"><code>${displayPath(folder, references.cwd)}</code>, ${formatCounts(properties)}</p>
${tableOf(properties, anchorOf)}
${sectionOf("Violations that the ledger does not know", filterByStatus(properties, "violated").map(tell))}
${sectionOf("The ledger names what holds", filterByStatus(properties, "stale").map(staleMarkup))}
${sectionOf("Known findings", filterByStatus(properties, "known").map(tell))}
${sectionOf("Not decided", listOf(filterByStatus(properties, "unknown").map(undecidedMarkup)))}
${sectionOf("Open questions", release.questions.map(questionMarkup))}
</section>`;
}

function tableOf(results: readonly PropertyResult[], anchorOf: (result: PropertyResult) => string): Markup {
  const rows = results.map((result) => {
    const standing = classifyVerdict(result);
    const linked = standing === "violated" || standing === "known";
    const id = linked ? markup`<a href="#${anchorOf(result)}">${result.id}</a>` : markup`${result.id}`;

    return markup`<tr><td>${id}</td><td class="${paintNames[standing]}">${statusLabels[standing]}</td><td class="count">${result.runs.toLocaleString("en-US")}</td><td>${result.title}</td></tr>`;
  });

  return markup`<div class="wide"><table>
<thead><tr><th scope="col">rule</th><th scope="col">verdict</th><th scope="col" class="count">cases</th><th scope="col">promise</th></tr></thead>
<tbody>
${rows}
</tbody>
</table></div>`;
}

/** Nothing where there is nothing to tell. */
function sectionOf(title: string, told: readonly Markup[]): readonly Markup[] {
  return told.length === 0 ? [] : [markup`<h3>${title}</h3>`, ...told];
}

function listOf(items: readonly Markup[]): readonly Markup[] {
  return items.length === 0 ? [] : [markup`<ul>${items}</ul>`];
}

function staleMarkup({ id, title, because }: PropertyResult): Markup {
  return markup`<p><span class="bad">${id}</span>: ${title}</p>
<dl>${because === undefined ? [] : [markup`<dt>because</dt><dd>${because}</dd>`]}<dt>hint</dt><dd>Remove the entry from the ledger, or find out why it no longer happens.</dd></dl>`;
}

function undecidedMarkup({ id, reason = "no reason was given" }: PropertyResult): Markup {
  return markup`<li>${id}: ${reason}</li>`;
}

function questionMarkup({ id, title, answer, lines = [] }: ReleaseResult["questions"][number]): Markup {
  return markup`<p>${id}: ${title} <strong>${sentence(answer)}</strong></p>
${listOf(lines.map((line) => markup`<li>${line}</li>`))}`;
}

/** How the sentence on a release is painted: by the worst that was found. */
function paintOf(results: readonly PropertyResult[]): string {
  const worstFirst: readonly VerdictStatus[] = ["violated", "stale", "known", "unknown", "held"];
  const found = new Set(results.map(classifyVerdict));

  return paintNames[worstFirst.find((standing) => found.has(standing)) ?? "unknown"];
}
