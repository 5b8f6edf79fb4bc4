/** Parses one comparison, list, range, pattern or call in a CHECK expression into demands on columns (pure). */
import { findSourceColumns } from "./computed-values.ts";
import {
  ALTERNATIVES_MAX,
  type Alternative,
  type Comparison,
  combineAlternatives,
  compareNumbers,
  type Demand,
  MIRRORED,
  NEGATED,
  TERMS_MAX,
} from "./demands.ts";
import {
  columnBelow,
  columnIn,
  constantOf,
  constantsIn,
  constantsOf,
  type Fields,
  lastName,
  listOf,
  type Tree,
  treeOf,
} from "./expression-tree.ts";
import { parseJsonEquality, parseJsonOperator, parseTypes } from "./json-conditions.ts";
import { isPlace } from "./json-places.ts";

/** Nothing is demanded, since nothing is understood. */
const UNKNOWN: readonly Alternative[] = [[]];

/**
 * Parses an operator with its operands.
 * @returns undefined where its operands are conditions
 */
export function parseOperator(fields: Fields, truth: boolean): readonly Alternative[] | undefined {
  const kind = String(fields["kind"]);
  if (kind === "AEXPR_OP_ANY" || kind === "AEXPR_OP_ALL" || kind === "AEXPR_IN") return parseList(fields, truth);
  if (kind === "AEXPR_BETWEEN" || kind === "AEXPR_NOT_BETWEEN")
    return parseBetween(fields, (kind === "AEXPR_BETWEEN") === truth);
  if (/^!?~~?\*?$/.test(lastName(fields["name"]))) return parsePattern(fields, truth);
  const operator = toComparison(fields);

  return operator === undefined
    ? (parseJsonOperator(fields, truth) ?? UNKNOWN)
    : parseComparison(treeOf(fields["lexpr"]), truth ? operator : NEGATED[operator], treeOf(fields["rexpr"]));
}

export function toComparison({ kind, name }: Fields): Comparison | undefined {
  if (kind === "AEXPR_DISTINCT") return "<>";
  if (kind === "AEXPR_NOT_DISTINCT") return "=";
  const operator = lastName(name);

  return operator in NEGATED ? (operator as Comparison) : undefined;
}

function parseBetween(fields: Fields, isBetween: boolean): readonly Alternative[] {
  const [low, high] = listOf(fields["rexpr"]);
  const compareWith = (operator: Comparison, end: Tree | undefined): readonly Alternative[] =>
    parseComparison(treeOf(fields["lexpr"]), operator, end) ?? UNKNOWN;

  return isBetween
    ? combineAlternatives(compareWith(">=", low), compareWith("<=", high))
    : [...compareWith("<", low), ...compareWith(">", high)];
}

function parseComparison(
  left: Tree | undefined,
  operator: Comparison,
  right: Tree | undefined,
): readonly Alternative[] | undefined {
  const [column, other] = [columnIn(left), columnIn(right)];
  if (column !== undefined && other !== undefined)
    return isPlace(column) || isPlace(other) ? UNKNOWN : [[{ kind: "columns", column, operator, other }]];

  const ordered =
    parseRemainder(left, operator, right) ??
    parseOrdered(left, operator, right) ??
    parseOrdered(right, MIRRORED[operator], left);
  const computed = ordered === undefined ? (parseComputed(left, right) ?? parseComputed(right, left)) : undefined;

  return ordered ?? (computed === undefined || operator === "=" ? computed : UNKNOWN);
}

/** `code_hash = sha256(code)`, `total = price * quantity`. */
function parseComputed(target: Tree | undefined, expression: Tree | undefined): readonly Alternative[] | undefined {
  const column = columnIn(target);
  const sources = findSourceColumns(expression);
  if (column === undefined || expression === undefined || sources === undefined) return undefined;

  return sources.length === 0 || sources.includes(column)
    ? undefined
    : [[{ kind: "computed", column, expression, sources }]];
}

/** `quantity % 5 = 0`, `quantity % size = 0`, `mod(quantity, 5) = 0`. */
function parseRemainder(
  left: Tree | undefined,
  operator: Comparison,
  right: Tree | undefined,
): readonly Alternative[] | undefined {
  if (lastName(left?.fields["name"]) !== "%" && lastName(left?.fields["funcname"]) !== "mod") return undefined;
  const [first, second] =
    left?.kind === "FuncCall"
      ? listOf(left.fields["args"])
      : [treeOf(left?.fields["lexpr"]), treeOf(left?.fields["rexpr"])];
  const [column, of, other] = [columnIn(first), constantOf(second), columnIn(second)];
  if (column === undefined || operator !== "=" || constantOf(right) !== "0") return UNKNOWN;
  if (of !== undefined) return [[{ kind: "multiple", column, of }]];

  return other === undefined ? UNKNOWN : [[{ kind: "divisible", column, other }]];
}

/** A column or a call on one, compared with a constant or a column. */
function parseOrdered(
  left: Tree | undefined,
  operator: Comparison,
  right: Tree | undefined,
): readonly Alternative[] | undefined {
  const [column, value] = [columnIn(left), constantOf(right)];
  if (column !== undefined && value !== undefined)
    return (
      (operator === "=" || operator === "<>" ? parseJsonEquality(column, operator === "=", right) : undefined) ?? [
        [compare(column, operator, value)],
      ]
    );
  if (left?.kind !== "FuncCall") return undefined;

  return value === undefined ? parseFold(left, operator, columnIn(right)) : parseCall(left, operator, value);
}

/** `length(x) > 0`, `position('@' in x) > 1`, `num_nonnulls(a, b) = 1`, `jsonb_typeof(x) = 'object'`, `lower(x) = 'a'`. */
function parseCall(call: Tree, operator: Comparison, value: string): readonly Alternative[] | undefined {
  const types = operator === "=" || operator === "<>" ? parseTypes(call, [value], operator === "=") : undefined;
  if (types !== undefined) return types;
  const name = lastName(call.fields["funcname"]);
  const parts = listOf(call.fields["args"]);
  const column = columnBelow(parts[0]);
  const count = Number(value);
  if (/^(?:char_length|character_length|length|octet_length|cardinality|array_length|bit_length)$/.test(name)) {
    return demandOn(column, (of) => ({ kind: "length", column: of, operator, value: count }));
  }
  if (/^num_(?:non)?nulls$/.test(name)) return parseNullCount(parts, name === "num_nonnulls", operator, count);
  if (/^jsonb?_array_length$/.test(name)) {
    const isArray = demandOn(column, (of) => ({ kind: "json", column: of, types: ["array"] }));

    return combineAlternatives(
      isArray,
      demandOn(column, (of) => ({ kind: "length", column: of, operator, value: count })),
    );
  }
  if (/^(?:position|strpos)$/.test(name)) {
    const text = parts.map(constantOf).find((constant) => constant !== undefined);
    const within = parts.map(columnBelow).find((found) => found !== undefined);
    const not = !(operator === ">" || operator === "<>" || (operator === ">=" && count > 0));

    return text === undefined ? UNKNOWN : demandOn(within, (of) => ({ kind: "contains", column: of, text, not }));
  }
  if (name === "left" && (operator === "=" || operator === "<>"))
    return demandOn(column, (of) => ({
      ...{ kind: "pattern", column: of, flags: "", not: operator === "<>" },
      regex: `^${value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`,
    }));
  if (!/^(?:lower|upper|btrim|ltrim|rtrim|trim|abs)$/.test(name)) return undefined;

  return demandOn(column, (of) =>
    operator === "<>" && value === ""
      ? { kind: "length", column: of, operator: ">", value: 0 }
      : compare(of, operator, value),
  );
}

/** `x = lower(x)`, `x = trim(x)`. */
function parseFold(call: Tree, operator: Comparison, column: string | undefined): readonly Alternative[] | undefined {
  const name = lastName(call.fields["funcname"]);
  if (column === undefined || columnBelow(listOf(call.fields["args"])[0]) !== column) return undefined;

  const padding = PADDING[name];
  if (padding !== undefined && (operator === "=" || operator === "<>"))
    return [[{ kind: "pattern", column, regex: padding, flags: "", not: operator === "=" }]];

  return operator === "=" && (name === "lower" || name === "upper")
    ? [[{ kind: "case", column, to: name }, ...withoutPadding(listOf(call.fields["args"])[0], column)]]
    : UNKNOWN;
}

/** What a function takes away. */
const PADDING: Readonly<Record<string, string>> = { btrim: "^ | $", trim: "^ | $", ltrim: "^ ", rtrim: " $" };

/** What a fold of a trimmed text is equal to has no padding. */
function withoutPadding(tree: Tree | undefined, column: string): readonly Demand[] {
  if (tree?.kind === "TypeCast") return withoutPadding(treeOf(tree.fields["arg"]), column);
  const padding = tree?.kind === "FuncCall" ? PADDING[lastName(tree.fields["funcname"])] : undefined;

  return padding === undefined ? [] : [{ kind: "pattern", column, regex: padding, flags: "", not: true }];
}

function parseNullCount(
  parts: readonly Tree[],
  countsValues: boolean,
  operator: Comparison,
  count: number,
): readonly Alternative[] {
  const columns = parts.flatMap((part) => columnBelow(part) ?? []);
  if (columns.length === 0 || columns.length > TERMS_MAX) return UNKNOWN;

  return Array.from({ length: 2 ** columns.length }, (_, bits) =>
    columns.map((column, index) => ({ kind: "null", column, isNull: (bits & (1 << index)) === 0 }) as const),
  )
    .filter((demands) =>
      compareNumbers(demands.filter(({ isNull }) => isNull !== countsValues).length, operator, count),
    )
    .slice(0, ALTERNATIVES_MAX);
}

/** `x = ANY (ARRAY[…])`, `x IN (…)`, `x <> ALL (ARRAY[…])`, `x ~ ANY (ARRAY[…])`. */
function parseList(fields: Fields, truth: boolean): readonly Alternative[] {
  const name = lastName(fields["name"]);
  const column = columnBelow(treeOf(fields["lexpr"]));
  const list = listOf(fields["rexpr"]);
  const values = list.length > 0 ? constantsOf(list) : constantsIn(treeOf(fields["rexpr"]));
  if (column === undefined || values === undefined) return UNKNOWN;
  if (name === "~~" || name === "~") {
    if (!truth) return UNKNOWN;
    const regexes = values.map((value) => (name === "~" ? value : regexOfLike(value)));

    return regexes.map((regex) => [{ kind: "pattern", column, regex, flags: "", not: false }]);
  }

  if (name !== "=" && name !== "<>") return UNKNOWN;
  const isOne = (name === "=") === truth;

  return parseTypes(treeOf(fields["lexpr"]), values, isOne) ?? [[{ kind: "in", column, values, not: !isOne }]];
}

function parsePattern(fields: Fields, truth: boolean): readonly Alternative[] {
  const name = lastName(fields["name"]);
  const pattern = constantOf(treeOf(fields["rexpr"]));
  if (pattern === undefined) return UNKNOWN;
  const regex = name.includes("~~") ? regexOfLike(pattern) : pattern;
  const flags = name.endsWith("*") ? "i" : "";
  const not = name.startsWith("!") === truth;

  return demandOn(columnBelow(treeOf(fields["lexpr"])), (column) => ({
    kind: "pattern",
    column,
    regex,
    flags,
    not,
  }));
}

/** The regular expression of a LIKE pattern. */
function regexOfLike(pattern: string): string {
  const body = pattern.replace(/\\(.)|[%_]|[.*+?^${}()|[\]\\]/gs, (found, escaped: string | undefined) =>
    found === "%" ? "[\\s\\S]*" : found === "_" ? "[\\s\\S]" : `\\${escaped ?? found}`,
  );

  return `^${body}$`;
}

function demandOn(column: string | undefined, demand: (column: string) => Demand): readonly Alternative[] {
  return column === undefined ? UNKNOWN : [[demand(column)]];
}

function compare(column: string, operator: Comparison, value: string): Demand {
  return { kind: "compare", column, operator, value };
}
