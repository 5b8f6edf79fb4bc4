/**
 * Parses a CHECK expression into alternatives, each a list of demands on the columns of one row (pure). A part that no
 * demand covers is left out: the server is the judge of the rows. The tree is that of PostgreSQL's own parser.
 */
import type { Parser } from "../release/parser.ts";
import {
  columnBelow,
  columnBelowAny,
  columnIn,
  constantOf,
  constantsIn,
  constantsOf,
  type Fields,
  functionName,
  listOf,
  type Tree,
  treeOf,
} from "./expression-tree.ts";

export type Comparison = "=" | "<>" | "<" | "<=" | ">" | ">=";

/** What one row has to satisfy in one column, or between two. */
export type Demand =
  | { readonly kind: "null"; readonly column: string; readonly isNull: boolean }
  | {
      readonly kind: "compare";
      readonly column: string;
      readonly operator: Comparison;
      readonly value: string;
    }
  | {
      readonly kind: "columns";
      readonly column: string;
      readonly operator: Comparison;
      readonly other: string;
    }
  | {
      readonly kind: "in";
      readonly column: string;
      readonly values: readonly string[];
      readonly not: boolean;
    }
  /** The length of a text, or the number of elements of an array. */
  | {
      readonly kind: "length";
      readonly column: string;
      readonly operator: Comparison;
      readonly value: number;
    }
  | {
      readonly kind: "pattern";
      readonly column: string;
      readonly regex: string;
      readonly flags: string;
      readonly not: boolean;
    }
  | { readonly kind: "contains"; readonly column: string; readonly text: string; readonly not: boolean }
  | { readonly kind: "case"; readonly column: string; readonly to: "lower" | "upper" }
  | { readonly kind: "json"; readonly column: string; readonly type: string };

/** A list of demands that satisfies the expression. */
export type Alternative = readonly Demand[];

/** Alternatives beyond this are dropped: the ones left still satisfy the expression. */
const ALTERNATIVES_MAX = 48;

/**
 * Parses an expression as PostgreSQL prints it.
 * @param negated true for alternatives that violate the expression
 * @param rename the column that stands for VALUE in the check of a domain
 * @returns at least one alternative; an empty one where nothing is understood
 */
export function parseAlternatives(
  parser: Parser,
  expression: string,
  { negated = false, rename }: { negated?: boolean; rename?: string } = {},
): readonly Alternative[] {
  const parsed = parser.parse(`SELECT ${expression}`);
  if (!("statements" in parsed)) return [[]];
  const [statement] = parsed.statements;
  const [target] = listOf((statement?.tree as Fields | undefined)?.["targetList"]);
  const value = target === undefined ? undefined : treeOf(target.fields["val"]);
  const alternatives = value === undefined ? [[]] : expand(value, !negated).slice(0, ALTERNATIVES_MAX);

  return rename === undefined
    ? alternatives
    : alternatives.map((demands) => demands.map((demand) => ({ ...demand, column: rename })));
}

/** Alternatives under which the tree is true, or false. */
function expand(tree: Tree, truth: boolean): readonly Alternative[] {
  const { kind, fields } = tree;
  if (kind === "BoolExpr") return expandBoolean(fields, truth);
  if (kind === "NullTest") {
    const column = columnIn(fields["arg"]);
    const isNull = (fields["nulltesttype"] === "IS_NULL") === truth;

    return column === undefined ? [[]] : [[{ kind: "null", column, isNull }]];
  }
  if (kind === "BooleanTest") return expandBooleanTest(fields, truth);
  if (kind === "A_Expr") return expandOperator(fields, truth);
  if (kind === "ColumnRef") {
    const column = columnIn({ ColumnRef: fields });

    return column === undefined ? [[]] : [[compare(column, "=", String(truth))]];
  }
  if (kind === "A_Const") return [[]];
  if (kind === "TypeCast") return expandInner(fields["arg"], truth);
  if (kind === "CaseExpr") return expandCase(fields, truth);
  // A function of the user's: what it makes of NULL is usually NULL, which satisfies a CHECK.
  const column = kind === "FuncCall" ? columnBelow(tree) : undefined;

  return column === undefined ? [[]] : [[], [{ kind: "null", column, isNull: true }]];
}

function expandInner(node: unknown, truth: boolean): readonly Alternative[] {
  const inner = treeOf(node);

  return inner === undefined ? [[]] : expand(inner, truth);
}

function expandBoolean(fields: Fields, truth: boolean): readonly Alternative[] {
  const parts = listOf(fields["args"]);
  if (fields["boolop"] === "NOT_EXPR") return parts[0] === undefined ? [[]] : expand(parts[0], !truth);
  const isConjunction = (fields["boolop"] === "AND_EXPR") === truth;

  return isConjunction
    ? parts.map((part) => expand(part, truth)).reduce(combine, [[]])
    : parts.flatMap((part) => expand(part, truth)).slice(0, ALTERNATIVES_MAX);
}

/** Each alternative of the one with each of the other, as far as they do not contradict each other. */
function combine(left: readonly Alternative[], right: readonly Alternative[]): readonly Alternative[] {
  return left
    .flatMap((demands) => right.map((more) => [...demands, ...more]))
    .filter((demands) => !isContradictory(demands))
    .slice(0, ALTERNATIVES_MAX);
}

function isContradictory(demands: Alternative): boolean {
  const isNull = new Map<string, boolean>();
  for (const demand of demands) {
    if (demand.kind === "columns") continue;
    const wants = demand.kind === "null" && demand.isNull;
    if (demand.kind === "null" || !isNull.has(demand.column)) {
      if (isNull.has(demand.column) && isNull.get(demand.column) !== wants) return true;
      if (demand.kind === "null") isNull.set(demand.column, wants);
    }
  }

  return false;
}

function expandBooleanTest(fields: Fields, truth: boolean): readonly Alternative[] {
  const test = String(fields["booltesttype"]);
  const column = columnIn(fields["arg"]);
  if (column === undefined)
    return expandInner(fields["arg"], (test === "IS_TRUE" || test === "IS_NOT_FALSE") === truth);
  const isTrue = test === "IS_TRUE" || test === "IS_NOT_FALSE";

  return [[compare(column, "=", String(isTrue === truth))]];
}

/** `CASE WHEN a THEN b … ELSE c END` as `a AND b OR NOT a AND …`. */
function expandCase(fields: Fields, truth: boolean): readonly Alternative[] {
  if (fields["arg"] !== undefined) return [[]];
  const all: Alternative[] = [];
  let before: readonly Alternative[] = [[]];
  for (const { fields: when } of listOf(fields["args"])) {
    all.push(
      ...combine(combine(before, expandInner(when["expr"], true)), expandInner(when["result"], truth)),
    );
    before = combine(before, expandInner(when["expr"], false));
  }
  all.push(...combine(before, expandInner(fields["defresult"], truth)));

  return all.length === 0 ? [[]] : all.slice(0, ALTERNATIVES_MAX);
}

const NEGATED: Readonly<Record<Comparison, Comparison>> = {
  "=": "<>",
  "<>": "=",
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
};
const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  "=": "=",
  "<>": "<>",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

function expandOperator(fields: Fields, truth: boolean): readonly Alternative[] {
  const name =
    listOf(fields["name"])
      .map(({ fields: part }) => String(part["sval"] ?? ""))
      .at(-1) ?? "";
  const kind = String(fields["kind"]);
  const [left, right] = [fields["lexpr"], fields["rexpr"]];
  if (kind === "AEXPR_OP_ANY" || kind === "AEXPR_OP_ALL" || kind === "AEXPR_IN")
    return expandList(fields, name, truth);
  if (kind === "AEXPR_BETWEEN" || kind === "AEXPR_NOT_BETWEEN") {
    const [low, high] = listOf(right).map((bound) => constantOf(bound));
    const column = columnIn(left);
    if (column === undefined || low === undefined || high === undefined) return [[]];

    return (kind === "AEXPR_BETWEEN") === truth
      ? [[compare(column, ">=", low), compare(column, "<=", high)]]
      : [[compare(column, "<", low)], [compare(column, ">", high)]];
  }
  if (/^!?~~?\*?$/.test(name)) return expandPattern(name, left, right, truth);
  const operator = toComparison(
    kind === "AEXPR_DISTINCT" ? "<>" : kind === "AEXPR_NOT_DISTINCT" ? "=" : name,
  );

  return operator === undefined ? [[]] : expandComparison(left, truth ? operator : NEGATED[operator], right);
}

function toComparison(name: string): Comparison | undefined {
  return name === "!=" ? "<>" : name in NEGATED ? (name as Comparison) : undefined;
}

function expandComparison(left: unknown, operator: Comparison, right: unknown): readonly Alternative[] {
  const sides = [treeOf(left), treeOf(right)];
  const [leftColumn, rightColumn] = [columnIn(left), columnIn(right)];
  const [leftValue, rightValue] = [constantOf(sides[0]), constantOf(sides[1])];
  if (leftColumn !== undefined && rightColumn !== undefined) {
    return [[{ kind: "columns", column: leftColumn, operator, other: rightColumn }]];
  }
  if (leftColumn !== undefined && rightValue !== undefined)
    return [[compare(leftColumn, operator, rightValue)]];
  if (rightColumn !== undefined && leftValue !== undefined) {
    return [[compare(rightColumn, MIRRORED[operator], leftValue)]];
  }
  const call =
    expandCall(sides[0], operator, rightValue) ?? expandCall(sides[1], MIRRORED[operator], leftValue);
  if (call !== undefined) return call;
  const folded =
    expandFolded(sides[0], operator, rightColumn) ?? expandFolded(sides[1], operator, leftColumn);
  if (folded !== undefined) return folded;

  const sum = expandSum(sides[0], operator, rightValue) ?? expandSum(sides[1], MIRRORED[operator], leftValue);
  if (sum !== undefined) return sum;

  return isBoolean(sides[0]) && isBoolean(sides[1]) ? expandEquivalence(sides, operator) : [[]];
}

/** `(a IS NOT NULL)::integer + (b IS NOT NULL)::integer = 1`. */
function expandSum(
  tree: Tree | undefined,
  operator: Comparison,
  value: string | undefined,
): readonly Alternative[] | undefined {
  const terms = tree === undefined || value === undefined ? undefined : termsOf(tree);
  if (terms === undefined || terms.length < 2 || terms.length > 6) return undefined;

  return Array.from({ length: 2 ** terms.length }, (_, bits) =>
    terms.map((term, index) => ({ term, truth: (bits & (1 << index)) !== 0 })),
  )
    .filter((assigned) =>
      compareNumbers(assigned.filter(({ truth }) => truth).length, operator, Number(value)),
    )
    .flatMap((assigned) => assigned.map(({ term, truth }) => expand(term, truth)).reduce(combine, [[]]))
    .slice(0, ALTERNATIVES_MAX);
}

/** The conditions that are cast to numbers and added; undefined if anything else is added. */
function termsOf(tree: Tree): readonly Tree[] | undefined {
  if (tree.kind === "TypeCast") {
    const inner = treeOf(tree.fields["arg"]);

    return inner !== undefined && ["NullTest", "BoolExpr", "BooleanTest", "A_Expr"].includes(inner.kind)
      ? [inner]
      : undefined;
  }
  if (tree.kind !== "A_Expr" || listOf(tree.fields["name"])[0]?.fields["sval"] !== "+") return undefined;
  const [left, right] = [treeOf(tree.fields["lexpr"]), treeOf(tree.fields["rexpr"])];
  const [first, second] = [left && termsOf(left), right && termsOf(right)];

  return first === undefined || second === undefined ? undefined : [...first, ...second];
}

function compareNumbers(left: number, operator: Comparison, right: number): boolean {
  return {
    "=": left === right,
    "<>": left !== right,
    "<": left < right,
    "<=": left <= right,
    ">": left > right,
    ">=": left >= right,
  }[operator];
}

/** `(a IS NULL) = (b IS NULL)`: both true or both false; with `<>`, one of them. */
function expandEquivalence(
  sides: readonly (Tree | undefined)[],
  operator: Comparison,
): readonly Alternative[] {
  const [left, right] = sides;
  if (left === undefined || right === undefined || (operator !== "=" && operator !== "<>")) return [[]];
  const same = operator === "=";

  return [true, false].flatMap((truth) => combine(expand(left, truth), expand(right, same ? truth : !truth)));
}

function isBoolean(tree: Tree | undefined): boolean {
  return (
    tree !== undefined && ["NullTest", "BoolExpr", "BooleanTest", "A_Expr", "ColumnRef"].includes(tree.kind)
  );
}

/** `length(x) > 0`, `position('@' in x) > 1`, `num_nonnulls(a, b) = 1`, `jsonb_typeof(x) = 'object'`, `lower(x) = 'a'`. */
function expandCall(
  tree: Tree | undefined,
  operator: Comparison,
  value: string | undefined,
): readonly Alternative[] | undefined {
  if (tree?.kind !== "FuncCall" || value === undefined) return undefined;
  const name = functionName(tree);
  const parts = listOf(tree.fields["args"]);
  const [first] = parts;
  const column = first === undefined ? undefined : columnBelow(first);
  const count = Number(value);
  if (
    /^(?:char_length|character_length|length|octet_length|cardinality|array_length|bit_length)$/.test(name)
  ) {
    return column === undefined ? [[]] : [[{ kind: "length", column, operator, value: count }]];
  }
  if (/^num_n(?:on)?nulls$/.test(name))
    return expandNullCount(parts, name === "num_nonnulls", operator, count);
  if (/^jsonb?_typeof$/.test(name) && column !== undefined) {
    return operator === "=" ? [[{ kind: "json", column, type: value }]] : [[]];
  }
  if (/^(?:position|strpos)$/.test(name)) {
    const text = parts.map((part) => constantOf(part)).find((constant) => constant !== undefined);
    const within = parts.map((part) => columnBelow(part)).find((found) => found !== undefined);

    const not = !(operator === ">" || operator === "<>" || (operator === ">=" && count > 0));

    return text === undefined || within === undefined
      ? [[]]
      : [[{ kind: "contains", column: within, text, not }]];
  }
  if (/^(?:lower|upper|btrim|ltrim|rtrim|trim|abs)$/.test(name) && column !== undefined) {
    return operator === "<>" && value === ""
      ? [[{ kind: "length", column, operator: ">", value: 0 }]]
      : [[compare(column, operator, value)]];
  }

  return undefined;
}

/** `x = lower(x)`. */
function expandFolded(
  tree: Tree | undefined,
  operator: Comparison,
  column: string | undefined,
): readonly Alternative[] | undefined {
  if (tree?.kind !== "FuncCall" || column === undefined) return undefined;
  const name = functionName(tree);
  const [first] = listOf(tree.fields["args"]);
  if (first === undefined || columnBelow(first) !== column) return undefined;
  if ((name === "lower" || name === "upper") && operator === "=")
    return [[{ kind: "case", column, to: name }]];

  return [[]];
}

function expandNullCount(
  parts: readonly Tree[],
  countsValues: boolean,
  operator: Comparison,
  wanted: number,
): readonly Alternative[] {
  const columns = parts.flatMap((part) => columnBelow(part) ?? []);
  if (columns.length === 0 || columns.length > 6) return [[]];

  return Array.from({ length: 2 ** columns.length }, (_, bits) =>
    columns.map((column, index) => ({ kind: "null", column, isNull: (bits & (1 << index)) === 0 }) as const),
  ).filter((demands) =>
    compareNumbers(demands.filter(({ isNull }) => isNull !== countsValues).length, operator, wanted),
  );
}

/** `x = ANY (ARRAY[…])`, `x IN (…)`, `x <> ALL (ARRAY[…])`. */
function expandList(fields: Fields, name: string, truth: boolean): readonly Alternative[] {
  const column = columnIn(fields["lexpr"]) ?? columnBelowAny(fields["lexpr"]);
  const right = treeOf(fields["rexpr"]);
  const values = Array.isArray(fields["rexpr"])
    ? constantsOf(listOf(fields["rexpr"]))
    : right === undefined
      ? undefined
      : constantsIn(right);
  if (column === undefined || values === undefined) return [[]];
  if (name === "~~" || name === "~") {
    return truth
      ? values.map((value) => [
          {
            kind: "pattern",
            column,
            regex: name === "~" ? value : regexOfLike(value),
            flags: "",
            not: false,
          },
        ])
      : [[]];
  }
  const isIn = (name === "=") === truth;

  return [[{ kind: "in", column, values, not: !isIn }]];
}

function expandPattern(name: string, left: unknown, right: unknown, truth: boolean): readonly Alternative[] {
  const column = columnIn(left) ?? columnBelowAny(left);
  const pattern = constantOf(treeOf(right));
  if (column === undefined || pattern === undefined) return [[]];
  const regex = name.includes("~~") ? regexOfLike(pattern) : pattern;
  const flags = name.endsWith("*") ? "i" : "";

  return [[{ kind: "pattern", column, regex, flags, not: name.startsWith("!") === truth }]];
}

/** The regular expression of a LIKE pattern. */
function regexOfLike(pattern: string): string {
  const body = pattern.replace(/\\(.)|[%_]|[.*+?^${}()|[\]\\]/gs, (found, escaped: string | undefined) =>
    found === "%" ? "[\\s\\S]*" : found === "_" ? "[\\s\\S]" : `\\${escaped ?? found}`,
  );

  return `^${body}$`;
}

function compare(column: string, operator: Comparison, value: string): Demand {
  return { kind: "compare", column, operator, value };
}
