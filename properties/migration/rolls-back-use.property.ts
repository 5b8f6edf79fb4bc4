/** Rule `rolls-back.3`: a rollback runs, or refuses as a whole, after the new schema was used. */
import type { Finding } from "./finding.ts";
import { findLostRows } from "./model/lost-rows.ts";
import type { NewUse } from "./model/new-uses.ts";
import { describeRollback, differenceDetails, failureDetails } from "./model/rollback-script.ts";
import { isEqualSnapshot, RAISED } from "./model/snapshot-equality.ts";
import type { GeneratedRows } from "./observation.ts";
import { type Rollback, runRollbacks } from "./rollback-runs.ts";
import { rule } from "./rule.ts";
import { listNewUses, runAfterUse, type UsedRun } from "./use-new-schema.ts";
import type { MigrationWorld } from "./world.ts";

/** More uses are not tried. */
const USES_MAX = 12;

export const rollsBackAfterUse = rule("rolls-back.3", "the rollback runs after the new schema was used", {
  async search(world) {
    const observation = await world.observe();
    const { rows } = observation;
    // One that fails anyway is for rolls-back.1.
    const rollbacks = (await runRollbacks(world, observation))
      .filter(({ rollback, failure }) => rollback.restores && failure === undefined)
      .map(({ rollback }) => rollback);
    if (rollbacks.length === 0) return [];
    const uses = (await listNewUses(world)).slice(0, USES_MAX);
    const findings: Finding[] = [];
    for (const rollback of uses.length === 0 ? [] : rollbacks) {
      findings.push(...(await judgeUses(world, rollback, rows, uses)));
    }

    return findings;
  },
  isOfRollbacks: true,
  bad: {
    before:
      "CREATE TYPE state AS ENUM ('queued', 'done'); CREATE TABLE job (id int PRIMARY KEY, state state NOT NULL);",
    up: "ALTER TYPE state ADD VALUE 'cancelled';",
    down: `ALTER TYPE state RENAME TO old_state; CREATE TYPE state AS ENUM ('queued', 'done');
ALTER TABLE job ALTER state TYPE state USING state::text::state; DROP TYPE old_state;`,
  },
  good: {
    before:
      "CREATE TYPE state AS ENUM ('queued', 'done'); CREATE TABLE job (id int PRIMARY KEY, state state NOT NULL);",
    up: "ALTER TYPE state ADD VALUE 'cancelled';",
    down: `ALTER TYPE state RENAME TO old_state; CREATE TYPE state AS ENUM ('queued', 'done');
ALTER TABLE job ALTER state TYPE state
  USING (CASE state::text WHEN 'cancelled' THEN 'done' ELSE state::text END)::state;
DROP TYPE old_state;`,
  },
});

/** All uses together first; each by itself where the rollback does not cope with them, until all is explained. */
async function judgeUses(
  world: MigrationWorld,
  rollback: Rollback,
  rows: GeneratedRows,
  uses: readonly NewUse[],
): Promise<readonly Finding[]> {
  const all = await runAfterUse(world, rollback, rows, uses);
  const together = all.uses.length === 0 ? [] : judge(world, rollback, all, rows);
  const findings = new Map<string, Finding>();
  // On empty tables first: the fewest rows.
  const bases = rows.level === "empty" ? [rows] : [{ ...rows, ...NO_ROWS }, rows];
  for (const use of together.length === 0 ? [] : all.uses) {
    // Of a failure only the first statement is known: another use may fail at another one.
    if (all.failure === undefined && together.every((finding) => findings.has(identify(finding)))) break;
    for (const base of bases) {
      const found = judge(world, rollback, await runAfterUse(world, rollback, base, [use]), base);
      for (const finding of found) if (isNew(finding, findings)) findings.set(identify(finding), finding);
      if (found.length > 0) break;
    }
  }

  return [...findings.values()];
}

const NO_ROWS = { level: "empty", dataset: {}, filled: [], inserts: "" } as const;

/** The same words of the server are one failure: a row that uses one column may have to use another, too. */
function isNew(finding: Finding, known: ReadonlyMap<string, Finding>): boolean {
  return !known.has(identify(finding)) && ![...known.values()].some(({ got }) => got === finding.got);
}

function identify({ kind, subject }: Finding): string {
  return `${kind} ${subject}`;
}

function judge({ release }: MigrationWorld, rollback: Rollback, run: UsedRun, rows: GeneratedRows): readonly Finding[] {
  const { uses, inserts, failure, used, restored } = run;
  const [use] = uses;
  if (use === undefined) return [];
  const { migrate } = release.lists;
  const title = describeRollback(rollback.name);
  const applied = [migrate, { title: `rows that use the new schema: ${use.text}`, sql: inserts }];
  const common = { rows, expected: `${title} runs after the new schema was used: ${use.text}` };
  if (failure !== undefined) {
    const isWhole = isEqualSnapshot(used, restored);
    if (isWhole && failure.error.code === RAISED) return [];

    return [
      {
        ...common,
        kind: isWhole ? "use-blocks-rollback" : "use-breaks-rollback",
        subject: use.subject,
        answer: isWhole ? "declare" : "error",
        ...(isWhole && { declare: `-- plumbline: allow rolls-back.3 ${use.subject} because …` }),
        ...failureDetails(applied, rollback.steps, failure),
        hint: `${use.repair}, or raise an exception that says what to do with them`,
      },
    ];
  }

  return findLostRows(run.before, run.after, used, restored).flatMap(({ subject, differences }): Finding[] => {
    const [first, ...others] = differences;

    return first === undefined
      ? []
      : [
          {
            ...common,
            kind: "rows-lost",
            subject,
            answer: "declare",
            declare: `-- plumbline: deletes ${subject} because …`,
            ...differenceDetails([...applied, rollback.steps], [first, ...others]),
          },
        ];
  });
}
