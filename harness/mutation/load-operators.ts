/**
 * Where operators come from: every `*.operator.ts` file of a folder. A new operator is a new file and no edit elsewhere.
 */
import assert from "node:assert";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loaded } from "../files/load-file.ts";
import { demandKnown } from "../text/suggest.ts";
import type { Examples, Operator } from "./operator.ts";

export interface LoadedOperator extends Operator {
  readonly examples: Examples;
}

const folder = fileURLToPath(new URL("operators", import.meta.url));
const ending = ".operator.ts";

/** The operators in the order of their names. Each stands in a file of its name, with its examples. */
export async function loadOperators(): Promise<readonly LoadedOperator[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(ending)).sort();

  return await Promise.all(files.map(load));
}

async function load(file: string): Promise<LoadedOperator> {
  const module = await loaded(join(folder, file));
  const operators = Object.values(module).filter(isOperator);
  const [operator] = operators;
  assert(operator !== undefined && operators.length === 1, `${file} exports one operator`);
  assert(
    operator.name === basename(file, ending),
    `${file} holds the operator of its name, not ${operator.name}`,
  );
  assert("examples" in module, `${file} exports examples`);

  return { ...operator, examples: module.examples as Examples };
}

function isOperator(value: unknown): value is Operator {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "operator";
}

/**
 * The operators with these names; all, where no names are given.
 * @throws HarnessError for a name that none has
 */
export function chosenOperators<Some extends Operator>(
  operators: readonly Some[],
  names: readonly string[] | undefined,
): readonly Some[] {
  if (names === undefined) return operators;

  demandKnown(
    "operator",
    names,
    operators.map(({ name }) => name),
  );

  return operators.filter(({ name }) => names.includes(name));
}
