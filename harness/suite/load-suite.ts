/**
 * Where properties come from: every `*.property.ts` file of a folder, and all that it exports. A new property is a new
 * file and no edit elsewhere.
 */
import assert from "node:assert";
import { join } from "node:path";
import { loadModule, loadModules } from "../files/load-module.ts";
import type { Property, Question } from "../property/property.ts";
import { byRule } from "../property/rule-order.ts";
import type { ContextFactory } from "./test-resources.ts";

export interface Suite {
  /** In the order of their rules. */
  readonly properties: readonly Property<never>[];
  readonly questions: readonly Question<never>[];
  readonly openContext: ContextFactory;
}

/** Loads the properties of a folder, and `world.ts`, which says what they work with. */
export async function loadSuite(folder: string): Promise<Suite> {
  const modules = await loadModules(folder, "property");
  const exported = modules.flatMap(({ exported }) => Object.values(exported)) as (
    | { kind?: unknown }
    | null
    | undefined
  )[];
  const properties = exported.filter((value): value is Property<never> => value?.kind === "property");
  const questions = exported.filter((value): value is Question<never> => value?.kind === "question");
  const { openContext } = (await loadModule(join(folder, "world.ts"))) as unknown as { openContext: ContextFactory };

  assertUnique([...properties, ...questions].map(({ id }) => id));

  return { properties: properties.toSorted(byId), questions: questions.toSorted(byId), openContext };
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return byRule(one.id, other.id);
}

function assertUnique(ids: readonly string[]): void {
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  assert(twice === undefined, `Two properties have the id ${twice}`);
}
