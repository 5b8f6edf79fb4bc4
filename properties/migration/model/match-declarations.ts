/** Decides which findings a declaration covers, and which declarations must not be (pure). */
import type { AuthorDeclaration } from "../../../harness/release/declarations.ts";
import type { Finding } from "../finding.ts";

/**
 * Rules whose faults no author can want: structural breaks, silent damage when a migration is run again after a stop,
 * sequences that are behind, data that depends on settings or roles, and updates that are swallowed.
 */
const NEVER_DECLARED =
  /^(?:still-works|same-for-everyone|sequences|declarations)\.|^(?:re-runs\.[123]|completes\.1)(?!\d)/;

/** An exception from such a rule; the answer `declare` of `still-works` has a verb of its own. */
export function isForbidden({ verb, rule = "" }: AuthorDeclaration): boolean {
  return verb === "allow" && NEVER_DECLARED.test(rule);
}

/**
 * Whether a declaration covers a finding, by its verb and object. Of an assumption the rows that break it are to be
 * looked for, too: its condition may be written in many ways.
 */
export function covers(
  declaration: AuthorDeclaration,
  rule: string,
  { subject, declare, isAssumedAway = false }: Finding,
): boolean {
  const { verb, object } = declaration;
  if (verb === "assume") return isAssumedAway;
  if (verb === "allow") {
    return !isForbidden(declaration) && declaration.rule === rule && (object === "" || isSameObject(object, subject));
  }
  const [, wanted, about = ""] = /^-- plumbline: (\S+)(?: (.*?))?(?: because .*)?$/s.exec(declare ?? "") ?? [];
  if (wanted !== verb) return false;

  return verb === "irreversible" || isSameObject(object, about.replace(/\s+where\s.*$/is, ""));
}

/** `users.nick` for `public.users.nick`, and `f` or `public.f(integer)` for the latter. */
function isSameObject(declared: string, object: string): boolean {
  const [short, long] = [parseParts(declared), parseParts(object)];
  const hasArguments = declared.endsWith(")");
  if (hasArguments && readArguments(declared) !== readArguments(object)) return false;

  return short.length > 0 && short.every((part, index) => part === long[long.length - short.length + index]);
}

/** Names in lower case unless they are quoted; arguments aside. */
function parseParts(name: string): readonly string[] {
  const parts = name.replace(/\((?:[^"]|"[^"]*")*\)$/, "").match(/"(?:[^"]|"")*"|[^."]+/g) ?? [];

  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase()));
}

function readArguments(name: string): string {
  return (/\(.*\)$/s.exec(name)?.[0] ?? "").replace(/\s+/g, "");
}
