/** Exchanges round and trunc, ceil and floor, and makes a cast to an integer round down or up. */
import { getChildren, getStrings, getTypeName } from "../../release/syntax.ts";
import type { Change } from "../mutant.ts";
import { type Operator, replaced } from "../operator.ts";
import { findNodes, findSpans, findTokens, type NodeSite } from "../sites.ts";

const others: Readonly<Record<string, string>> = {
  round: "trunc",
  trunc: "round",
  ceil: "floor",
  ceiling: "floor",
  floor: "ceil",
};
const whole = ["int2", "int4", "int8"];

export const rounding: Operator = {
  family: "expression",
  sentence: "A number is rounded differently",
  *mutate(subject) {
    for (const { node, token } of findTokens(subject, "FuncCall")) {
      const other = others[getStrings(node, "funcname").join(".")];
      if (other !== undefined) yield replaced(token, other);
    }
    for (const site of findNodes(subject, "TypeCast")) yield* ofCast(site);
  },
  examples: {
    "SELECT round(a, 1), floor(b);": ["SELECT trunc(a, 1), floor(b);", "SELECT round(a, 1), ceil(b);"],
    "SELECT (a * 0.4)::INTEGER;": ["SELECT floor((a * 0.4))::INTEGER;", "SELECT ceil((a * 0.4))::INTEGER;"],
    "SELECT a::INTEGER, (a * 2)::TEXT": [],
  },
};

/** A fraction comes from a calculation or a function; what is read from a column is whole already, or no number. */
function ofCast(site: NodeSite): Change[] {
  const [argument] = getChildren(site.node, "arg");
  const [span] = findSpans(site, "arg") ?? [];
  const calculated = ["A_Expr", "FuncCall", "MinMaxExpr", "CoalesceExpr", "CaseExpr"].includes(argument?.kind ?? "");

  if (span === undefined || !calculated || !whole.includes(getTypeName(getChildren(site.node, "typeName")[0])))
    return [];

  return ["floor", "ceil"].map((name) => replaced(span, `${name}(${site.fragment.text(span)})`));
}
