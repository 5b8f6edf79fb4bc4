/**
 * Parses a CHECK expression into alternatives, each a list of demands on the columns of one row (pure). A part that no
 * demand covers is left out: the server is the judge of the rows. The tree is that of PostgreSQL's own parser.
 */
import type { Parser } from "../release/parser.ts";
import {
  ALTERNATIVES_MAX,
  type Alternative,
  type Comparison,
  combineAlternatives,
  compareNumbers,
  MIRRORED,
  NEGATED,
  TERMS_MAX,
} from "./demands.ts";
import {
  columnBelow,
  columnIn,
  constantOf,
  type Fields,
  lastName,
  listOf,
  parseExpression,
  type Tree,
  treeOf,
} from "./expression-tree.ts";
import { withCasts } from "./json-conditions.ts";
import { moveTo } from "./json-places.ts";
import { parseOperator, toComparison } from "./operators.ts";

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
  const tree = parseExpression(parser, expression);
  const alternatives = withZones(withCasts(expand(tree, !negated).slice(0, ALTERNATIVES_MAX), tree), tree);

  return rename === undefined
    ? alternatives
    : alternatives.map((demands) => demands.map((demand) => ({ ...demand, column: moveTo(rename, demand.column) })));
}

/** Some that are known everywhere. */
const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"];

/** A text in `AT TIME ZONE zone` names a time zone: any other is an error (PostgreSQL manual, 9.9.4 AT TIME ZONE). */
function withZones(alternatives: readonly Alternative[], tree: Tree | undefined): readonly Alternative[] {
  const columns = tree === undefined ? [] : findZones({ [tree.kind]: tree.fields });

  return columns.length === 0
    ? alternatives
    : alternatives.map((demands) => [
        ...demands,
        ...columns
          .filter(
            (column) => !demands.some((demand) => demand.kind === "null" && demand.column === column && demand.isNull),
          )
          .map((column) => ({ kind: "in", column, values: ZONES, not: false }) as const),
      ]);
}

/** @param node of the parser's JSON */
function findZones(node: unknown): readonly string[] {
  if (typeof node !== "object" || node === null) return [];
  const tree = treeOf(node);
  const [zone] =
    tree?.kind === "FuncCall" && lastName(tree.fields["funcname"]) === "timezone" ? listOf(tree.fields["args"]) : [];
  const column = columnIn(zone);

  return [...(column === undefined ? [] : [column]), ...Object.values(node).flatMap(findZones)];
}

/** Alternatives under which the tree is true, or false. */
function expand(tree: Tree | undefined, truth: boolean): readonly Alternative[] {
  if (tree === undefined) return [[]];
  const { kind, fields } = tree;
  switch (kind) {
    case "BoolExpr":
      return expandBoolean(fields, truth);
    case "BooleanTest":
      return expandBooleanTest(fields, truth);
    case "A_Expr":
      return (
        expandFlag(tree, truth) ??
        parseOperator(fields, truth) ??
        expandSum(fields, truth) ??
        expandEquivalence(fields, truth)
      );
    case "TypeCast":
      return expand(treeOf(fields["arg"]), truth);
    case "CaseExpr":
      return expandCase(fields, truth);
    case "NullTest": {
      const column = columnIn(treeOf(fields["arg"]));
      const isNull = (fields["nulltesttype"] === "IS_NULL") === truth;

      return column === undefined ? [[]] : [[{ kind: "null", column, isNull }]];
    }
    case "ColumnRef":
      return expandFlag(tree, truth) ?? [[]];
    case "FuncCall": {
      // A function of the user's usually returns NULL for NULL, which satisfies a CHECK.
      const column = truth ? columnBelow(tree) : undefined;

      return column === undefined ? [[]] : [[], [{ kind: "null", column, isNull: true }]];
    }
    default:
      return [[]];
  }
}

/** A column or a place in a JSON document that is true or false. */
function expandFlag(tree: Tree, truth: boolean): readonly Alternative[] | undefined {
  const column = columnIn(tree);

  return column === undefined ? undefined : [[{ kind: "compare", column, operator: "=", value: String(truth) }]];
}

function expandBoolean(fields: Fields, truth: boolean): readonly Alternative[] {
  const parts = listOf(fields["args"]);
  if (fields["boolop"] === "NOT_EXPR") return expand(parts[0], !truth);
  const isConjunction = (fields["boolop"] === "AND_EXPR") === truth;

  if (isConjunction) return parts.map((part) => expand(part, truth)).reduce(combineAlternatives, [[]]);
  const alternatives = parts.flatMap((part) => expand(part, truth));
  // What is not understood may not hold; of a column that is NULL otherwise, it shows what else the column may hold.
  const isUnderstood = alternatives.some((demands) => demands.some(({ kind }) => kind !== "null"));

  return alternatives.filter(({ length }) => length > 0 || !isUnderstood).slice(0, ALTERNATIVES_MAX);
}

function expandBooleanTest(fields: Fields, truth: boolean): readonly Alternative[] {
  const test = String(fields["booltesttype"]);

  return expand(treeOf(fields["arg"]), (test === "IS_TRUE" || test === "IS_NOT_FALSE") === truth);
}

/** `CASE WHEN a THEN b … ELSE c END` as `a AND b OR NOT a AND …`. */
function expandCase(fields: Fields, truth: boolean): readonly Alternative[] {
  if (fields["arg"] !== undefined) return [[]];
  const all: Alternative[] = [];
  let before: readonly Alternative[] = [[]];
  for (const { fields: when } of listOf(fields["args"])) {
    const condition = treeOf(when["expr"]);
    const result = expand(treeOf(when["result"]), truth);
    all.push(...combineAlternatives(combineAlternatives(before, expand(condition, true)), result));
    before = combineAlternatives(before, expand(condition, false));
  }
  all.push(...combineAlternatives(before, expand(treeOf(fields["defresult"]), truth)));

  return all.length === 0 ? [[]] : all.slice(0, ALTERNATIVES_MAX);
}

/** `(a IS NOT NULL)::integer + (b IS NOT NULL)::integer = 1`. */
function expandSum(fields: Fields, truth: boolean): readonly Alternative[] | undefined {
  const [left, right] = [treeOf(fields["lexpr"]), treeOf(fields["rexpr"])];
  const operator = readComparison(fields, truth);
  if (operator === undefined) return undefined;
  const isLeft = constantOf(right) !== undefined;
  const terms = termsOf(isLeft ? left : right);
  const count = Number(constantOf(isLeft ? right : left));
  if (terms === undefined || terms.length < 2 || terms.length > TERMS_MAX || Number.isNaN(count)) return undefined;

  return Array.from({ length: 2 ** terms.length }, (_, bits) =>
    terms.map((term, index) => ({ term, isTrue: (bits & (1 << index)) !== 0 })),
  )
    .filter((assigned) =>
      compareNumbers(assigned.filter(({ isTrue }) => isTrue).length, isLeft ? operator : MIRRORED[operator], count),
    )
    .flatMap((assigned) => assigned.map(({ term, isTrue }) => expand(term, isTrue)).reduce(combineAlternatives, [[]]))
    .slice(0, ALTERNATIVES_MAX);
}

const CONDITIONS = ["NullTest", "BoolExpr", "BooleanTest", "A_Expr"];

/** The conditions that are cast to numbers and added; undefined if anything else is added. */
function termsOf(tree: Tree | undefined): readonly Tree[] | undefined {
  if (tree?.kind === "TypeCast") {
    const inner = treeOf(tree.fields["arg"]);

    return inner !== undefined && CONDITIONS.includes(inner.kind) ? [inner] : undefined;
  }
  if (tree?.kind === "CaseExpr") return termOfCase(tree);
  if (tree?.kind !== "A_Expr" || lastName(tree.fields["name"]) !== "+") return undefined;
  const [first, second] = [termsOf(treeOf(tree.fields["lexpr"])), termsOf(treeOf(tree.fields["rexpr"]))];

  return first === undefined || second === undefined ? undefined : [...first, ...second];
}

/** `CASE WHEN a THEN 1 ELSE 0 END` counts its condition. */
function termOfCase({ fields }: Tree): readonly Tree[] | undefined {
  const [when, ...others] = listOf(fields["args"]);
  const condition = treeOf(when?.fields["expr"]);
  const counts = constantOf(treeOf(when?.fields["result"])) === "1" && constantOf(treeOf(fields["defresult"])) === "0";

  return condition !== undefined && others.length === 0 && counts ? [condition] : undefined;
}

/** `(a IS NULL) = (b IS NULL)`: both true or both false; with `<>`, one of them. */
function expandEquivalence(fields: Fields, truth: boolean): readonly Alternative[] {
  const [left, right] = [treeOf(fields["lexpr"]), treeOf(fields["rexpr"])];
  const operator = readComparison(fields, truth);
  if (operator !== "=" && operator !== "<>") return [[]];
  if (![left, right].every((side) => side !== undefined && [...CONDITIONS, "ColumnRef"].includes(side.kind)))
    return [[]];

  return [true, false].flatMap((value) =>
    combineAlternatives(expand(left, value), expand(right, operator === "=" ? value : !value)),
  );
}

function readComparison(fields: Fields, truth: boolean): Comparison | undefined {
  const operator = toComparison(fields);

  return operator === undefined || truth ? operator : NEGATED[operator];
}
