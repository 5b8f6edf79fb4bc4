/**
 * Calls of functions that nobody described (pure): arguments are chosen by their type.
 */
import type { Definer, Relation } from "./function-dependencies.ts";

/** Values for arguments by type, as SQL literals without a cast: the n-th call takes the n-th of each, counting round. */
export type Samples = Readonly<Record<string, readonly string[]>>;

/** Types that no statement can give a value of. */
const CLOSED = ["internal", "event_trigger", "cstring", "language_handler", "fdw_handler"];

/**
 * Statements that make the function run, told apart by their arguments; none where a role cannot call it.
 * A trigger function runs on tables of the role's own, shaped like those that the functions use.
 */
export function callsOf(
  { name, kind, types, returns }: Definer,
  samples: Samples,
  relations: readonly Relation[],
): string[] {
  if ([...types, returns].some((type) => CLOSED.includes(type))) {
    return [];
  }
  if (returns === "trigger") {
    return relations.map((relation) => firing(name, relation));
  }
  const values = types.map((type) => samples[type] ?? ["NULL"]);
  const count = Math.max(1, ...values.map((list) => list.length));
  const verb = kind === "procedure" ? "CALL" : "SELECT";

  const calls = Array.from(
    { length: count },
    (_, index) => `${verb} ${name}(${values.map((list) => list[index % list.length]).join(", ")});`,
  );

  return [...new Set(calls)];
}

function firing(trigger: string, { columns }: Relation): string {
  const list = columns.map((column) => `${column.name} ${column.type}`).join(", ");

  return `CREATE TEMP TABLE fired (${list});
CREATE TRIGGER fired BEFORE INSERT ON fired FOR EACH ROW EXECUTE FUNCTION ${trigger}();
INSERT INTO fired DEFAULT VALUES;`;
}
