/**
 * Says in one sentence whether a release may ship, counted in rules, since several properties may check one. An unknown
 * rule is named with its reason and never counted as held.
 */
import type { PropertyResult } from "../property/verdict.ts";
import { pluralize } from "../text/pluralize.ts";
import { classifyVerdict, filterByStatus, type VerdictStatus } from "./exit-status.ts";

type RulesByStatus = Readonly<Record<VerdictStatus, readonly string[]>>;

/** @param server its kind: in memory most rules are unknown, and what they need is a real server */
export function formatConclusion(name: string, results: readonly PropertyResult[], server = ""): string {
  const rules = groupRules(results);
  const isBlocked = results.some(({ blocked }) => blocked === true);
  const clauses = [
    formatViolated(rules),
    formatHeld(rules),
    formatUnknown(results, rules.unknown, server),
    formatStale(results),
  ].filter((clause) => clause !== "");
  const text = clauses.length > 0 ? clauses.join("; ") : "not checked: no property was selected";

  return `${name}${rules.violated.length > 0 || isBlocked ? " must not ship" : ""}: ${text}`;
}

/** Each rule once, under the worst status of its properties. */
function groupRules(results: readonly PropertyResult[]): RulesByStatus {
  const worstFirst: readonly VerdictStatus[] = ["violated", "known", "unknown", "stale", "held"];
  const rules: Record<VerdictStatus, string[]> = { violated: [], known: [], unknown: [], stale: [], held: [] };
  const seen = new Set<string>();
  for (const status of worstFirst) {
    for (const { rule } of filterByStatus(results, status)) {
      if (!seen.has(rule)) rules[status].push(rule);
      seen.add(rule);
    }
  }

  return rules;
}

function formatViolated({ violated, known }: RulesByStatus): string {
  if (violated.length === 0) {
    const listed = known.length === 1 ? "listed as a known failure" : "all listed as known failures";

    return known.length === 0 ? "" : `${pluralize(known.length, "rule")} violated, ${listed}`;
  }
  const others = known.length === 0 ? "" : `, and ${known.length} listed as known`;
  const listed = violated.length === 1 ? "not listed as a known failure" : "not listed as known failures";

  return `${pluralize(violated.length, "rule")} violated, ${listed} (${violated.join(", ")})${others}`;
}

/** Nothing where another rule is violated: it is that rule that decides. */
function formatHeld({ violated, known, held, stale }: RulesByStatus): string {
  const count = held.length + stale.length;
  if (violated.length + known.length > 0 || count === 0) return "";

  return count === 1 ? "the 1 rule checked held" : `all ${count} rules checked held`;
}

function formatUnknown(results: readonly PropertyResult[], unknown: readonly string[], server: string): string {
  if (unknown.length === 0) return "";
  const counted = `${pluralize(unknown.length, "rule")} unknown`;
  if (server === "memory") return `${counted}, for a real server to decide (--server embedded)`;
  const rules = groupByReason(
    results.filter(({ rule }) => unknown.includes(rule)),
    ({ rule }) => rule,
  );

  return `${counted}: ${[...rules].map(([reason, names]) => `${names.join(", ")} (${reason})`).join(", ")}`;
}

export function groupByReason(
  results: readonly PropertyResult[],
  getName: (result: PropertyResult) => string,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>();
  for (const result of results.filter((one) => classifyVerdict(one) === "unknown")) {
    const { reason = "no reason was given" } = result;
    groups.set(reason, [...new Set([...(groups.get(reason) ?? []), getName(result)])]);
  }

  return groups;
}

function formatStale(results: readonly PropertyResult[]): string {
  const ids = filterByStatus(results, "stale").flatMap(({ id, verdict }) => (verdict === "held" ? [id] : []));
  const kinds = results.flatMap(({ id, staleKinds = [] }) => staleKinds.map(({ kind }) => `${id} · ${kind}`));
  const ambiguous = results.flatMap(({ id, isAmbiguous }) => (isAmbiguous === true ? [id] : []));
  const parts = [
    ...(ids.length === 0 ? [] : [`${ids.join(", ")} held`]),
    ...(kinds.length === 0 ? [] : [`${kinds.join(", ")} did not occur`]),
    ...(ambiguous.length === 0 ? [] : [`${ambiguous.join(", ")} must name kinds`]),
  ];

  return parts.length === 0 ? "" : `the known failures are out of date: ${parts.join(", ")}`;
}
