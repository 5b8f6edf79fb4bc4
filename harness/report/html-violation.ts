/**
 * A violation on the page, in the order in which a reader asks: what was promised, the SQL that shows it broken, what
 * came instead, how to find it again, and what to do (pure).
 */
import type { PropertyResult, ReleaseResult } from "../property/verdict.ts";
import { standingOf } from "./exit-status.ts";
import { pastedSql } from "./inline-sql.ts";
import { jsonText } from "./json.ts";
import { lines, type Markup, markup } from "./markup.ts";
import { type References, replayLine } from "./reproduce-line.ts";
import { standingNames } from "./rules-table.ts";
import { paintNames } from "./style.ts";
import { foundBy } from "./violation-text.ts";

/** The notes between the statements are wrapped, the statements never. */
const SQL_STYLE = { colour: false, width: 100 };

/** @param anchor what links lead to */
export function violationMarkup(
  release: ReleaseResult,
  result: PropertyResult,
  references: References,
  anchor: string,
): Markup {
  const standing = standingOf(result);
  const { violation } = result;
  const script = references.scripts.get(result);
  const fields = [
    fieldOf("expected", violation?.expected),
    fieldOf("got", violation?.got),
    fieldOf("because", result.because),
    codeOf("replay", replayLine(release.folder, result, references)),
    codeOf("script", script),
    fieldOf("hint", violation?.hint),
  ].flat();

  return markup`<article id="${anchor}" class="${paintNames[standing]}-edge">
<h4 class="${paintNames[standing]}">${standingNames[standing]}: ${result.id}</h4>
<dl>${fieldOf("promised", `${result.rule}: ${result.title}`)}</dl>
${counterexampleOf(result)}
<dl>${fields}</dl>
</article>`;
}

function counterexampleOf(result: PropertyResult): Markup {
  const { violation, counterexample } = result;
  if (violation?.script.length) {
    return markup`<p class="faint">${foundBy(result)}</p>
<pre>${lines(pastedSql(violation.script, SQL_STYLE))}</pre>`;
  }

  return counterexample === undefined
    ? markup`<p class="faint">No counterexample was kept.</p>`
    : markup`<p class="faint">${foundBy(result)}</p>
<pre>${lines([jsonText(counterexample)])}</pre>`;
}

function fieldOf(label: string, text: string | undefined): Markup[] {
  return text === undefined ? [] : [markup`<dt>${label}</dt><dd>${text}</dd>`];
}

function codeOf(label: string, text: string | undefined): Markup[] {
  return text === undefined ? [] : [markup`<dt>${label}</dt><dd><code>${text}</code></dd>`];
}
