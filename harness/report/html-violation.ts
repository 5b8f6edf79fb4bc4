/**
 * A violation on the page, in the order in which a reader asks: what was promised, the SQL that shows it broken, what
 * came instead, how to find it again, and what to do (pure).
 */
import type { PropertyResult, ReleaseResult } from "../property/verdict.ts";
import { classifyVerdict } from "./exit-status.ts";
import { formatSqlToPaste } from "./inline-sql.ts";
import { formatValue } from "./json.ts";
import { type Markup, markup, preformatted } from "./markup.ts";
import { formatReproduceCommand, type References } from "./reproduce-line.ts";
import { statusLabels } from "./rules-table.ts";
import { paintNames } from "./style.ts";
import { describeSearch } from "./violation-text.ts";

/** The notes between the statements are wrapped, the statements never. */
const SQL_STYLE = { colour: false, width: 100 };

/** @param anchor what links lead to */
export function formatViolationHtml(
  release: ReleaseResult,
  result: PropertyResult,
  references: References,
  anchor: string,
): Markup {
  const standing = classifyVerdict(result);
  const { violation } = result;
  const script = references.scripts.get(result);
  const fields = [
    fieldOf("expected", violation?.expected),
    fieldOf("got", violation?.got),
    fieldOf("because", result.because),
    codeOf("replay", formatReproduceCommand(release.folder, result, references)),
    codeOf("script", script),
    fieldOf("hint", violation?.hint),
  ].flat();

  return markup`<article id="${anchor}" class="${paintNames[standing]}-edge">
<h4 class="${paintNames[standing]}">${statusLabels[standing]}: ${result.id}</h4>
<dl>${fieldOf("promised", `${result.rule}: ${result.title}`)}</dl>
${counterexampleOf(result)}
<dl>${fields}</dl>
</article>`;
}

function counterexampleOf(result: PropertyResult): Markup {
  const { violation, counterexample } = result;
  if (violation?.script.length) {
    return markup`<p class="faint">${describeSearch(result)}</p>
<pre>${preformatted(formatSqlToPaste(violation.script, SQL_STYLE))}</pre>`;
  }

  return counterexample === undefined
    ? markup`<p class="faint">No counterexample was kept.</p>`
    : markup`<p class="faint">${describeSearch(result)}</p>
<pre>${preformatted([formatValue(counterexample)])}</pre>`;
}

function fieldOf(label: string, text: string | undefined): Markup[] {
  return text === undefined ? [] : [markup`<dt>${label}</dt><dd>${text}</dd>`];
}

function codeOf(label: string, text: string | undefined): Markup[] {
  return text === undefined ? [] : [markup`<dt>${label}</dt><dd><code>${text}</code></dd>`];
}
