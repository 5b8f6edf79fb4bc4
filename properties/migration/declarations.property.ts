/** The rule `declarations`: what an author declares applies, and may be declared. */
import { Inconclusive } from "../../harness/errors.ts";
import type { AuthorDeclaration } from "../../harness/release/declarations.ts";
import { isCovered, loadRules } from "./declared.ts";
import type { Finding } from "./finding.ts";
import { isForbidden } from "./model/match-declarations.ts";
import { readDeclared } from "./read-declarations.ts";
import { rule } from "./rule.ts";
import type { MigrationWorld } from "./world.ts";

const ID = "declarations.1";

export const declarationsApply = rule(ID, "what a comment declares applies, and may be declared", {
  async search(world) {
    const declarations = await readDeclared(world);
    const findings: Finding[] = [];
    for (const declaration of declarations) {
      const describe = isForbidden(declaration)
        ? describeForbidden
        : (await isNeeded(world, declaration))
          ? undefined
          : describeStale;
      if (describe !== undefined)
        findings.push({ ...(await showComment(world, declaration)), ...describe(declaration) });
    }

    return findings;
  },
  isOfSchema: true,
  bad: {
    before: "CREATE TABLE notes (id int PRIMARY KEY, body text);",
    up: `-- plumbline: also-changes notes.body because they were never read
ALTER TABLE notes ADD COLUMN label text;`,
  },
  good: {
    before: `CREATE TABLE notes (id int PRIMARY KEY, body text);
CREATE TABLE links (id int PRIMARY KEY, note int NOT NULL REFERENCES notes ON DELETE CASCADE);`,
    up: `-- plumbline: deletes links because a link without its note leads nowhere
DELETE FROM notes WHERE body IS NULL;`,
  },
});

/** @throws Inconclusive if no rule needs it, and one could not be decided */
async function isNeeded(world: MigrationWorld, declaration: AuthorDeclaration): Promise<boolean> {
  let undecided: Inconclusive | undefined;
  for (const { id, find } of await loadRules()) {
    if (id === ID) continue;
    try {
      for (const finding of await find(world)) {
        if (await isCovered(world, declaration, id, finding)) return true;
      }
    } catch (thrown) {
      if (!(thrown instanceof Inconclusive)) throw thrown;
      undecided ??= thrown;
    }
  }
  if (undecided !== undefined) throw undecided;
  if (world.release.origin?.ownRowsOnly === true) {
    throw new Inconclusive(`no rows are generated that would need: ${declaration.text}`);
  }

  return false;
}

/** The comment itself: no row has to do with it. */
async function showComment(
  world: MigrationWorld,
  { file, line, text }: AuthorDeclaration,
): Promise<Pick<Finding, "subject" | "rows" | "parts">> {
  const step = Object.values(world.release.lists)
    .flatMap((steps) => steps ?? [])
    .find((one) => one.file === file);
  const subject = `${step?.path ?? file}, line ${line}`;
  const { noRows } = await world.trials();

  return { subject, rows: noRows, parts: [{ title: `reproduces the violation: ${subject}`, sql: text }] };
}

function describeStale({ text, verb }: AuthorDeclaration): Omit<Finding, "subject"> {
  const got =
    verb === "assume"
      ? "up refuses no rows that break it, or the table has no such columns"
      : "the migration does not do what it declares";

  return {
    kind: "stale",
    answer: "error",
    expected: "what a comment declares happens",
    got: `${got}: ${text}`,
    hint: "Remove the comment, or correct the object that it names",
  };
}

function describeForbidden({ text, rule: forbidden }: AuthorDeclaration): Omit<Finding, "subject"> {
  return {
    kind: "forbidden",
    answer: "error",
    expected: `no comment declares a fault of ${forbidden}, which no migration may have`,
    got: text,
    hint: "Fix what the rule reports, and remove the comment",
  };
}
