/**
 * Builds calls of functions from their signatures (pure).
 */
import type { DefinerFunction, ReferencedRelation } from "./function-dependencies.ts";

/** Arguments by type, as SQL literals without a cast: the n-th call takes the n-th of each, cycling. */
export type SampleArguments = Readonly<Record<string, readonly string[]>>;

const INTERNAL_TYPES = ["internal", "event_trigger", "cstring", "language_handler", "fdw_handler"];

/**
 * Statements that run the function, with different arguments; none where a role cannot call it.
 * A trigger function runs on temporary tables with the columns of those that the functions use.
 */
export function buildCalls(
  { name, kind, types, returns }: DefinerFunction,
  samples: SampleArguments,
  relations: readonly ReferencedRelation[],
): string[] {
  if ([...types, returns].some((type) => INTERNAL_TYPES.includes(type))) return [];
  if (returns === "trigger") return relations.map((relation) => fireTrigger(name, relation));
  const values = types.map((type) => samples[type] ?? ["NULL"]);
  const count = Math.max(1, ...values.map((list) => list.length));
  const verb = kind === "procedure" ? "CALL" : "SELECT";

  const calls = Array.from(
    { length: count },
    (_, index) => `${verb} ${name}(${values.map((list) => list[index % list.length]).join(", ")});`,
  );

  return [...new Set(calls)];
}

function fireTrigger(trigger: string, { columns }: ReferencedRelation): string {
  const list = columns.map((column) => `${column.name} ${column.type}`).join(", ");

  return `CREATE TEMP TABLE fired (${list});
CREATE TRIGGER fired BEFORE INSERT ON fired FOR EACH ROW EXECUTE FUNCTION ${trigger}();
INSERT INTO fired DEFAULT VALUES;`;
}
