/** Formats the pages of `docs/rules/`, one for each family of the rules of any migration (pure). */
import { isObjectName } from "../../../harness/release/declarations.ts";
import type { Finding } from "../finding.ts";
import { isForbidden } from "../model/match-declarations.ts";
import type { MigrationExample, MigrationRule } from "../rule.ts";

const FAMILIES: Readonly<Record<string, string>> = {
  applies: "The migration succeeds on every state that the schema before allows.",
  keeps: "What the statements of a migration do not name stays as it was: rows, cells, attributes and objects.",
  "rolls-back": "The rollback leads back, and harms nothing that the migration had left alone.",
  "re-runs":
    "A migration that is not one transaction can be stopped anywhere and run again, and a repeatable one harms nothing.",
  "same-for-everyone": "Neither the settings of a session nor its role decide what a migration leaves.",
  completes: "A migration does all that its statements say, whatever else happens in the database.",
  sequences: "A sequence gives values that its column accepts.",
  declarations: "What an author declares in comments is so.",
};

/** A rule, and what it finds in its bad example. */
export interface DocumentedRule {
  readonly rule: MigrationRule;
  readonly findings: readonly Finding[];
}

/** @throws Error for a family without a sentence here */
export function formatRulePage(family: string, rules: readonly DocumentedRule[]): string {
  const sentence = FAMILIES[family];
  if (sentence === undefined)
    throw new Error(`Say in properties/migration/testing/rule-page.ts what ${family} is about`);

  return `<!-- Made of the rules by properties/migration/rule-pages.test.ts; \`vitest run … -u\` writes it again. -->

# Rules \`${family}\`

${sentence}

${rules.map(formatRule).join("\n\n")}
`;
}

function formatRule({ rule: { id, title, bad, good, remark }, findings }: DocumentedRule): string {
  return `## ${id}: ${title}
${remark === undefined ? "" : `\n${remark}\n`}
Violated by

${formatExample(bad)}

${findings.map((finding) => formatFinding(id, finding)).join("\n\n")}

Held by

${formatExample(good)}`;
}

function formatExample({ before, up, down, repeatable }: MigrationExample): string {
  const parts = [
    ["before", before] as const,
    [repeatable ? "up, repeatable" : "up", up] as const,
    ...(down === undefined ? [] : [["down", down] as const]),
  ];
  const sql = parts.map(([title, text]) => `-- ${title}\n${text.trim()}`).join("\n\n");

  return `\`\`\`sql\n${sql}\n\`\`\``;
}

function formatFinding(id: string, { answer, kind, expected, subject, declare, hint }: Finding): string {
  const sentence =
    answer === "error"
      ? `It is an error: \`${kind}\` of \`${subject}\`. Expected: ${expected}.`
      : `It is to be declared: \`${kind}\` of \`${subject}\`. Expected: ${expected}.`;

  return [sentence, ...(hint === undefined ? [] : [`${hint}.`]), formatDeclaring(id, subject, declare)].join(" ");
}

function formatDeclaring(id: string, subject: string, declare: string | undefined): string {
  if (isForbidden({ verb: "allow", object: "", rule: id, file: "", line: 0, text: "" }))
    return "No comment excuses it.";

  return declare === undefined
    ? `Where it is meant all the same:\n\n\`\`\`sql\n-- plumbline: allow ${id}${isObjectName(subject) ? ` ${subject}` : ""} because …\n\`\`\``
    : `Where it is meant:\n\n\`\`\`sql\n${declare}\n\`\`\``;
}
