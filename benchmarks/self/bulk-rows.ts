/** Measures filling a table with generated rows and their parents, against a plain COPY of the same rows. */
import { escapeIdentifier, escapeLiteral } from "pg";
import type { Databases } from "../../harness/database/databases.ts";
import { queryJsonOn } from "../../harness/database/pinned-settings.ts";
import type { Session } from "../../harness/database/session.ts";
import { loadParser } from "../../harness/release/parser.ts";
import { baselineRecipe } from "../../harness/release/recipes.ts";
import type { Release } from "../../harness/release/release.ts";
import { fillTable } from "../../harness/rows/fill-table.ts";
import { qualifiedName } from "../../harness/rows/insert-script.ts";
import { readSchema } from "../../harness/rows/read-schema.ts";
import { planRows, type RowPlan } from "../../harness/rows/row-plan.ts";
import { measureRate, measureRates, type TimingTable } from "./paired-timings.ts";

const ROWS = 20_000;
const ROUNDS = 5;

/** @param name of the table */
export async function measureBulkRows(databases: Databases, release: Release, name: string): Promise<TimingTable> {
  const baseline = baselineRecipe(release);
  await using source = await databases.clone(baseline);
  const plan = planRows(await readSchema(queryJsonOn(await source.observer())), await loadParser());
  const table = plan.tables.find((one) => one.table.name === name)?.key ?? name;
  const fill = (session: Session) => fillTable(session, plan, { table, rows: ROWS, seed: 1 });
  const filled = await source.connect();
  await fill(filled);
  const copies = await copyToFiles(filled, plan);
  const inClone = async (work: (session: Session) => Promise<unknown>): Promise<number> => {
    await using clone = await databases.clone(baseline);
    const session = await clone.connect();

    return await measureRate(() => work(session), ROWS);
  };
  const alternatives = {
    "generated and inserted": () => inClone(fill),
    "the same rows by COPY": () => inClone((session) => session.query(copies.join("; "))),
  };

  return await measureRates(`Rows of ${name} on ${release.name}`, "rows/s", alternatives, ROUNDS);
}

/** Writes all rows into files in the server's folder. @returns the statements that read them, parents first */
async function copyToFiles(session: Session, { tables }: RowPlan): Promise<readonly string[]> {
  const [row] = await session.query("SELECT current_setting('data_directory') AS folder");
  const statements: string[] = [];
  for (const [index, of] of tables.entries()) {
    const columns = of.table.columns
      .filter(({ generated }) => generated === "")
      .map(({ name }) => escapeIdentifier(name));
    const from = `${qualifiedName(of)} (${columns.join(", ")})`;
    const file = escapeLiteral(`${row?.["folder"]}/plumbline-rows-${index}.txt`);
    await session.query(`COPY ${from} TO ${file}`);
    statements.push(`COPY ${from} FROM ${file}`);
  }

  return statements;
}
