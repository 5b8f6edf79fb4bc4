/** Loads the operators: every `*.operator.ts` file of the folder, named by its file. */
import assert from "node:assert";
import { codePath } from "../files/installation.ts";
import { loadModules } from "../files/load-module.ts";
import type { NamedOperator, Operator } from "./operator.ts";

/** All operators, sorted by name. */
export async function loadOperators(): Promise<readonly NamedOperator[]> {
  const modules = await loadModules(codePath("harness/mutation/operators"), "operator");

  return modules.map(({ name, exported }) => {
    const [operator, ...others] = Object.values(exported);
    assert(operator !== undefined && others.length === 0, `${name}.ts must export one operator alone`);

    return { ...(operator as Operator), name: name.replace(/\.operator$/, "") };
  });
}
