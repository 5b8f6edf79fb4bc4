/**
 * Applies a migration and looks at each UPDATE: what its expressions give on the rows that its WHERE takes is read by a
 * superuser just before it, and what stands in these rows just after it.
 */
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { StatementSender } from "../../harness/release/apply.ts";
import { loadParser } from "../../harness/release/parser.ts";
import { getBaselineSteps } from "../../harness/release/recipes.ts";
import type { Statement, Step } from "../../harness/release/release.ts";
import { getTransactionMode } from "../../harness/release/transactions.ts";
import { applyWithin, type Failure } from "./apply-within.ts";
import { parseUpdate, type UpdateClauses } from "./model/single-update.ts";
import type { UpdateEffect } from "./model/update-effects.ts";
import { formatRows, readAside, readExpected } from "./read-expected.ts";
import type { BodyWatch } from "./watched-bodies.ts";
import type { MigrationWorld } from "./world.ts";

/** Takes whichever rows come first. */
const PICKS = /\b(?:LIMIT|FETCH|random)\b/i;

interface Watched {
  readonly step: Step;
  readonly statement: Statement;
  readonly update: UpdateClauses;
}

interface ListedUpdates {
  /** Those that say which rows they take, and what they set there. */
  readonly updates: readonly Watched[];
  readonly others: readonly (Pick<Watched, "step" | "statement"> & { readonly why: string })[];
}

/** The UPDATE statements, but for those of functions and DO blocks. */
export async function listUpdates({ release }: MigrationWorld): Promise<ListedUpdates> {
  const parser = await loadParser();
  const statements = release.lists.migrate.flatMap((step) =>
    step.statements.flatMap((statement) => (statement.node === "UpdateStmt" ? [{ step, statement }] : [])),
  );
  const updates: Watched[] = [];
  const others: ListedUpdates["others"][number][] = [];
  for (const { step, statement } of statements) {
    const update = parseUpdate(parser, statement.text);
    if (PICKS.test(statement.text) || /^CURRENT\s+OF\b/i.test(update?.where ?? "")) {
      others.push({ step, statement, why: "it may take other rows each time" });
    } else if (update === undefined) {
      others.push({ step, statement, why: "it sets a part of a column, or several columns at once" });
    } else {
      updates.push({ step, statement, update });
    }
  }

  return { updates, others };
}

/**
 * What each UPDATE did, in order.
 * @param bodies looks at those of functions and DO blocks
 */
export async function watchUpdates(
  { session }: RecordedDatabase,
  { release }: MigrationWorld,
  watched: readonly Watched[],
  bodies?: BodyWatch,
): Promise<{ readonly effects: readonly UpdateEffect[]; readonly failure?: Failure }> {
  const effects: UpdateEffect[] = [];
  const pending = [...watched];
  const places = release.lists.migrate.flatMap((step) => step.statements.map((statement) => ({ step, statement })));
  const sender: StatementSender = {
    query: (sql, values) => session.query(sql, values),
    tryExecuteAll: (statements) => session.tryExecuteAll(statements),
    tryExecute: async (sql) => {
      const at = pending.findIndex(({ statement }) => statement.text === sql);
      const [found] = at < 0 ? [] : pending.splice(0, at + 1).slice(-1);
      const before = found && (await readExpected(session, found.update));
      const place = bodies && places.find(({ statement }) => statement.text === sql);
      if (bodies !== undefined && place !== undefined && found === undefined) {
        const { effects: inside, ...result } = await bodies.tryExecute(sql, place);
        effects.push(...inside);

        return result;
      }
      const result = await session.tryExecute(sql);
      if (found === undefined || before === undefined || result.error !== undefined) return result;
      const rows = await readAside(session, formatRows(found.update, before));
      if (rows !== undefined) effects.push({ ...found, ...before, rows });

      return result;
    },
  };
  // Sent as one message, nothing could be read between two statements.
  const steps = release.lists.migrate.map((step) =>
    getTransactionMode(step) === "query" ? { ...step, transaction: "file" as const } : step,
  );
  const { failure } = await applyWithin(sender, steps, getBaselineSteps(release));

  return { effects, ...(failure && { failure }) };
}
