import { loadParser } from "../../harness/release/parser.ts";
import { type Assumption, declaredAssumption } from "./model/assumption.ts";
import { assuming } from "./model/guards.ts";
import type { RowSource } from "./observation.ts";
import { readDeclared } from "./read-declarations.ts";
import type { TrialWorld } from "./trial-world.ts";

/** Rows that keep to what the author declared, and to more; undefined if there is nothing that they keep to. */
export async function assumedSource(
  world: TrialWorld,
  more: readonly Assumption[] = [],
): Promise<RowSource | undefined> {
  const { plan } = (await world.trials()).free;
  const declared = (await readDeclared(world)).flatMap(({ verb, object, condition = "" }) =>
    verb === "assume" ? (declaredAssumption(object, condition, plan.schema) ?? []) : [],
  );
  const all = [...declared, ...more];

  return all.length === 0 ? undefined : assuming(plan, all, await loadParser());
}
