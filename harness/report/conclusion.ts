/**
 * What a release manager needs: one sentence that says whether the release may ship, counted in rules, since several
 * properties may check one. A rule that nothing could decide is named with its reason, never counted as kept.
 */
import type { PropertyResult } from "../property/verdict.ts";
import { pluralize } from "../text/pluralize.ts";
import { classifyVerdict, filterByStatus, type VerdictStatus } from "./exit-status.ts";

/**
 * The verdict on one release, in a sentence; a stale ledger and undecided rules are told with it.
 * @param server its kind: what none but a real server can decide is told as that, where there is none
 */
export function formatConclusion(name: string, results: readonly PropertyResult[], server = ""): string {
  const rules = rulesByStanding(results);
  const broken = [...rules.violated, ...rules.known];
  const verdict = broken.length > 0 ? brokenClause(rules) : keptClause(rules);
  const undecided = undecidedClause(results, rules.unknown, server);
  const clauses = [
    ...(broken.length > 0 || rules.stale.length + rules.held.length > 0 ? [verdict] : []),
    ...(undecided === "" ? [] : [undecided]),
  ];
  const said = clauses.length > 0 ? clauses.join("; ") : "was not checked: no property was chosen";

  return `${name} ${said}.${staleSentence(results)}`;
}

/** Each rule once, under the worst that was found about it. */
function rulesByStanding(results: readonly PropertyResult[]): Record<VerdictStatus, string[]> {
  const worstFirst: readonly VerdictStatus[] = ["violated", "known", "unknown", "stale", "held"];
  const rules: Record<VerdictStatus, string[]> = {
    violated: [],
    known: [],
    unknown: [],
    stale: [],
    held: [],
  };
  const taken = new Set<string>();
  for (const standing of worstFirst) {
    const found = [...new Set(filterByStatus(results, standing).map((result) => result.rule))];
    rules[standing] = found.filter((rule) => !taken.has(rule));
    for (const rule of found) taken.add(rule);
  }

  return rules;
}

function brokenClause({ violated, known }: Record<VerdictStatus, string[]>): string {
  if (violated.length === 0) {
    const all = known.length === 1 ? "and it is known" : "all of them known";
    return `must not ship: ${pluralize(known.length, "rule")} broken, ${all} (${listed(known)})`;
  }
  const others = known.length > 0 ? `, besides ${known.length} that it knows (${listed(known)})` : "";

  return `must not ship: ${pluralize(violated.length, "rule")} broken that the ledger does not know (${listed(violated)})${others}`;
}

function keptClause({ held, stale }: Record<VerdictStatus, string[]>): string {
  const count = held.length + stale.length;

  return count === 1
    ? "keeps the 1 rule that was checked"
    : `keeps all ${pluralize(count, "rule")} that were checked`;
}

function undecidedClause(
  results: readonly PropertyResult[],
  unknown: readonly string[],
  server: string,
): string {
  if (unknown.length === 0) return "";
  // In memory it is nearly every rule, each for a statement of its own: those are told further up.
  if (server === "memory") {
    const all = new Set(results.map(({ rule }) => rule)).size;
    const needs = unknown.length === 1 ? "it needs" : "they need";

    return `leaves ${unknown.length} of ${pluralize(all, "rule")} undecided: ${needs} a real server (--server embedded)`;
  }
  const reasons = new Map<string, string[]>();
  for (const result of results) {
    if (classifyVerdict(result) !== "unknown" || !unknown.includes(result.rule)) continue;
    const reason = result.reason ?? "no reason was given";
    const rules = reasons.get(reason) ?? [];
    reasons.set(reason, rules.includes(result.rule) ? rules : [...rules, result.rule]);
  }
  const named = [...reasons].map(([reason, rules]) => `${listed(rules)} (${reason})`).join(", ");

  const isBlocked = results.some(({ rule, blocked }) => blocked === true && unknown.includes(rule));

  return `${isBlocked ? "must not ship as it is: it " : ""}leaves ${pluralize(unknown.length, "rule")} undecided: ${named}`;
}

function staleSentence(results: readonly PropertyResult[]): string {
  const ids = filterByStatus(results, "stale").map((result) => result.id);
  if (ids.length === 0) return "";

  return ` Its ledger is stale: it names ${listed(ids)}, which ${ids.length === 1 ? "holds" : "hold"}.`;
}

function listed(names: readonly string[]): string {
  return names.join(", ");
}
