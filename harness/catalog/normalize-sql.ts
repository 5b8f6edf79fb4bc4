/**
 * Reduces SQL, as PostgreSQL prints it, to tokens that are equal where the meaning is (pure). PostgreSQL prints one
 * condition in several ways: each time it parses again what it printed, casts of literals and parentheses move.
 */

/** Strings, quoted names, numbers and words with their qualifiers, operators, and single characters. */
const TOKEN =
  /(?:[EBXU]&?)?'(?:[^']|'')*'|(\$\w*\$)[\s\S]*?\1|"(?:[^"]|"")*"|--.*|\/\*[\s\S]*?\*\/|[\p{L}_][\p{L}\p{N}_$]*|\d[\d.]*|::|[<>=!~|&@#%^?*/+-]+|\s+|./gu;

const STRING_TYPES = ["text", "character varying", "varchar", "bpchar", "character", "name"];

/** Before such a word, and before a comma, a parenthesis groups an expression. */
const GROUPING = /^(?:AND|OR|NOT|IF|ELSIF|ON|WHERE|WHEN|THEN|ELSE|IN|ANY|ALL|CHECK|USING|IS|SELECT|[^\p{L}_")\]].*)$/iu;

/** Whether a column, as SQL names it, has a string type. */
export type HasType = (column: string, type: string) => boolean;

/**
 * Whether two texts are the same but for white space, comments, redundant parentheses, and casts of string literals and of
 * columns that have the type.
 */
export function isSameSql(one: string, other: string, hasType: HasType = () => false): boolean {
  return normalizeSql(one, hasType).join(" ") === normalizeSql(other, hasType).join(" ");
}

/** Whether two texts have the same tokens in another order, as lists of columns have that follow the table's. */
export function isReorderedSql(one: string, other: string): boolean {
  const [first, second] = [one, other].map((text) =>
    normalizeSql(text, () => false)
      .toSorted()
      .join(" "),
  );

  return first === second;
}

function normalizeSql(text: string, hasType: HasType): readonly string[] {
  let tokens = [...text.matchAll(TOKEN)].map(([token]) => token).filter((token) => !/^(?:\s|--|\/\*)/.test(token));
  for (let before = -1; before !== tokens.length; ) {
    before = tokens.length;
    tokens = dropParentheses(dropCasts(tokens, hasType));
  }

  return tokens;
}

/** Drops casts of string literals, and of arrays, to string types: `'a'::text`, `ARRAY['a']::character varying[]`. */
function dropCasts(tokens: readonly string[], hasType: HasType): string[] {
  const kept: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const end = tokens[at] === "::" ? findTypeEnd(tokens, at + 1) : at;
    const type = tokens.slice(at + 1, end).join(" ");
    if (end > at && (isLiteral(kept) || hasType(kept.at(-1) ?? "", type))) at = end - 1;
    else kept.push(tokens[at] ?? "");
  }

  return kept;
}

function isLiteral(tokens: readonly string[]): boolean {
  const last = tokens.at(-1) ?? "";
  if (last.startsWith("'")) return true;
  const start = last === "]" ? tokens.lastIndexOf("[") : -1;

  return (
    start > 0 && tokens[start - 1] === "ARRAY" && tokens.slice(start + 1, -1).every((token) => /^[',]/.test(token))
  );
}

/** Where the name of a string type ends, with its length and brackets; where it begins if it is another type. */
function findTypeEnd(tokens: readonly string[], start: number): number {
  const words = [tokens.slice(start, start + 2).join(" "), tokens[start] ?? ""];
  const name = words.find((word) => STRING_TYPES.includes(word));
  if (name === undefined) return start - 1;
  let end = start + name.split(" ").length;
  if (tokens[end] === "(" && tokens[end + 2] === ")") end += 3;
  while (tokens[end] === "[" && tokens[end + 1] === "]") end += 2;

  return end;
}

/**
 * Drops parentheses around one token, around parentheses, and around a condition that its neighbours leave whole, unless
 * they are those of a call.
 */
function dropParentheses(tokens: readonly string[]): string[] {
  const pairs = matchParentheses(tokens);
  const dropped = new Set(
    [...pairs].flatMap(([open, close]) => {
      const isGroup = open === 0 || GROUPING.test(tokens[open - 1] ?? "");
      const around =
        close === open + 2 ||
        pairs.get(open + 1) === close - 1 ||
        isArray(tokens, open + 1, close) ||
        isWhole(tokens, open, close);

      return isGroup && around ? [open, close] : [];
    }),
  );

  return tokens.filter((_, index) => !dropped.has(index));
}

/** Words that a condition may follow, and those that may follow it. AND binds more tightly than OR (manual, 4.1.6). */
const BEFORE_CONDITION = /^(?:\(|AND|OR|CHECK|WHERE|IF|ELSIF|WHEN)$/i;
const AFTER_CONDITION = /^(?:\)|AND|OR|THEN|;)$/i;
const COMPARISON = /^(?:<|>|=|<=|>=|<>|!=)$/;
/** Words of which parentheses may change the meaning; other operators than these bind more tightly than comparisons. */
const LOOSE = /^(?:,|BETWEEN|CASE|SELECT|NOT|IN|I?LIKE|SIMILAR|IS|ISNULL|NOTNULL)$/;

/** Whether a condition or an operand in parentheses, such as of `(a AND b) AND c` or `(a - b) > c`, is one without them. */
function isWhole(tokens: readonly string[], open: number, close: number): boolean {
  const [previous = "(", next = ")"] = [tokens[open - 1], tokens[close + 1]];
  const inner = listTopWords(tokens.slice(open + 1, close));
  const joins = inner.filter((word) => /^(?:AND|OR)$/.test(word));
  if (joins.length > 0) {
    const isBetween = BEFORE_CONDITION.test(previous) && AFTER_CONDITION.test(next);
    const isSplit = joins.includes("OR") && (/^AND$/i.test(previous) || /^AND$/i.test(next));

    return isBetween && !isSplit && !inner.some((word) => /^(?:,|BETWEEN|CASE|SELECT)$/.test(word));
  }
  const isOperand =
    (COMPARISON.test(previous) && (COMPARISON.test(next) || AFTER_CONDITION.test(next))) ||
    (BEFORE_CONDITION.test(previous) && COMPARISON.test(next));

  return isOperand && !inner.some((word) => LOOSE.test(word) || COMPARISON.test(word));
}

/** The words that are in no inner parentheses, in capitals. */
function listTopWords(tokens: readonly string[]): readonly string[] {
  let depth = 0;

  return tokens.flatMap((token) => {
    if (token === ")") depth -= 1;
    const isTop = depth === 0;
    if (token === "(") depth += 1;

    return isTop ? [token.toUpperCase()] : [];
  });
}

function isArray(tokens: readonly string[], start: number, end: number): boolean {
  return tokens[start] === "ARRAY" && tokens[start + 1] === "[" && tokens.indexOf("]", start) === end - 1;
}

/** The position of each opening parenthesis with that of the closing one. */
function matchParentheses(tokens: readonly string[]): ReadonlyMap<number, number> {
  const open: number[] = [];
  const pairs = new Map<number, number>();
  for (const [index, token] of tokens.entries()) {
    if (token === "(") open.push(index);
    const start = token === ")" ? open.pop() : undefined;
    if (start !== undefined) pairs.set(start, index);
  }

  return pairs;
}
