/** What the functions of triggers do with a row, as far as their text shows it (pure). */
import type { Alternative } from "./demands.ts";
import type { SchemaModel, TableModel } from "./schema-model.ts";

/** The columns, by their names, that a trigger adds to or subtracts from: `SET n = n + 1`. */
export function findCounters({ tables }: SchemaModel): ReadonlySet<string> {
  const names = bodiesOf(tables).flatMap((body) =>
    [...body.matchAll(/\b(\w+)"?\s*=\s*(?:\w+\.)?"?\1"?\s*[+-]/gi)].map(([, name = ""]) => name.toLowerCase()),
  );

  return new Set(names);
}

/** True where a trigger of a table inserts rows into another. */
export function insertsInto(table: TableModel, { name }: TableModel): boolean {
  return bodiesOf([table]).some((body) =>
    [...body.matchAll(/\binsert\s+into\s+(?:"?\w+"?\.)?"?(\w+)/gi)].some(
      ([, target = ""]) => target.toLowerCase() === name.toLowerCase(),
    ),
  );
}

/** `NEW.number_of_it := NEW.text`: PL/pgSQL converts the text, which has to be a number. */
export function parseAssignments(
  { triggers, columns }: TableModel,
  { types }: SchemaModel,
): (readonly Alternative[])[] {
  const find = (name: string, category: string) =>
    columns.find((column) => column.name === name.toLowerCase() && types.get(column.type)?.category === category);
  const assigned = triggers.flatMap(({ body }) =>
    [...body.matchAll(/\bnew\."?(\w+)"?\s*:?=\s*new\."?(\w+)"?\s*;/gi)].flatMap(([, target = "", source = ""]) =>
      find(target, "N") === undefined ? [] : (find(source, "S") ?? []),
    ),
  );

  return [...new Set(assigned)].map(({ name }) => [
    [{ kind: "pattern", column: name, regex: "^[1-9][0-9]{0,5}$", flags: "", not: false }],
  ]);
}

function bodiesOf(tables: readonly TableModel[]): readonly string[] {
  return tables.flatMap(({ triggers }) => triggers.flatMap(({ body, called }) => [body, called ?? ""]));
}
