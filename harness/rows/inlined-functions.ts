/** Replaces calls of the user's SQL functions by what they return, so that conditions show through them (pure). */

export interface SqlFunction {
  readonly name: string;
  /** Names of the arguments; empty for one without a name. */
  readonly arguments: readonly string[];
  /** A single SELECT of one expression, without a table. */
  readonly body: string;
}

/** Functions may call each other, down to this depth. */
const DEPTH_MAX = 4;

/** @param expression as PostgreSQL prints it */
export function inlineFunctions(expression: string, functions: readonly SqlFunction[], depth = 0): string {
  if (depth === DEPTH_MAX) return expression;
  const called = functions.find(({ name }) => callOf(name).test(expression));
  if (called === undefined) return expression;
  const start = callOf(called.name).exec(expression);
  const open = (start?.index ?? 0) + (start?.[0].length ?? 0);
  const given = splitArguments(expression, open);
  const returned = /^\s*select\s+([\s\S]*?);?\s*$/i.exec(called.body)?.[1];
  if (start === null || given === undefined || returned === undefined) return expression;
  const { values, end } = given;
  const body = fillIn(returned, called.arguments, values);
  const [before, after] = [expression.slice(0, start.index), expression.slice(end)];

  return `${before}(${inlineFunctions(body, functions, depth + 1)})${inlineFunctions(after, functions, depth)}`;
}

function callOf(name: string): RegExp {
  return new RegExp(`(?<![\\w."])(?:\\w+\\.)?${name.replace(/\W/g, "\\$&")}\\(`);
}

/** The arguments of a call up to its closing parenthesis; undefined where there is none. */
function splitArguments(text: string, open: number): { values: readonly string[]; end: number } | undefined {
  const values: string[] = [];
  let depth = 0;
  let from = open;
  for (const { 0: token, index } of text.slice(open).matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[()[\],]/g)) {
    const at = open + index;
    if (depth === 0 && /^[,)]$/.test(token)) {
      values.push(text.slice(from, at));
      from = at + 1;
    }
    if (depth === 0 && token === ")") return { values, end: at + 1 };
    if (/^[([]$/.test(token)) depth += 1;
    if (/^[)\]]$/.test(token)) depth -= 1;
  }

  return undefined;
}

function fillIn(body: string, names: readonly string[], values: readonly string[]): string {
  return body.replace(/'(?:[^']|'')*'|\$(\d+)|(?<![\w."$])([a-z_]\w*)\b(?!\s*\()/gi, (found, number, name) => {
    const at = number === undefined ? names.indexOf(String(name).toLowerCase()) : Number(number) - 1;
    const value = name === "" ? undefined : values[at];

    return value === undefined ? found : `(${value})`;
  });
}
