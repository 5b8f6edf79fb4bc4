/**
 * Finds the identifiers and operators in the body of a function, roughly (pure): one too many costs an attack that
 * fails, one too few an attack that is not tried. So string literals are read too: a body may EXECUTE them.
 */

/** Operators that PostgreSQL looks up for IN, BETWEEN, CASE and LIKE. */
const IMPLIED = ["=", "<>", "<", "<=", ">", ">=", "~~"];

/** Identifiers in lower case, and quoted ones as they are, each once. */
export function findIdentifiers(body: string): string[] {
  const plain = [...body.matchAll(/[\p{L}_][\p{L}\p{N}_$]*/gu)].map(([word]) => word.toLowerCase());
  const quoted = [...body.matchAll(/"((?:[^"]|"")+)"/g)].map(([, name = ""]) => name.replaceAll('""', '"'));

  return [...new Set([...plain, ...quoted])];
}

/** Operators, each once, and those that keywords imply. */
export function findOperators(body: string): string[] {
  const code = body.replace(/--.*|\/\*[\s\S]*?\*\//g, " ");
  const written = [...code.matchAll(/[-+*/<>=~!@#%^&|`?]+/g)].map(([operator]) =>
    operator === "!=" ? "<>" : operator,
  );

  return [...new Set([...IMPLIED, ...written])];
}
