/**
 * Rounding down or up for rounding to the nearest; a cast to a whole number rounds to the nearest too.
 */

import { childrenIn, stringsIn, typeNameOf } from "../../release/syntax.ts";
import type { Change } from "../mutant.ts";
import { type Examples, operator, replaced } from "../operator.ts";
import { nodesIn, type Site, spansIn, tokenOf } from "../sites.ts";

const others: Readonly<Record<string, string>> = {
  round: "trunc",
  trunc: "round",
  ceil: "floor",
  ceiling: "floor",
  floor: "ceil",
};
const whole = ["int2", "int4", "int8"];

export const rounding = operator(
  "rounding",
  "expression",
  "A number is rounded otherwise",
  function* (subject) {
    for (const site of nodesIn(subject, "FuncCall")) {
      const token = tokenOf(site);
      const other = others[stringsIn(site.node, "funcname").join(".")];
      if (token !== undefined && other !== undefined) yield replaced(token, other);
    }
    for (const site of nodesIn(subject, "TypeCast")) yield* ofCast(site);
  },
);

/** A fraction comes from a calculation or a function; what is read from a column is whole already, or no number. */
function ofCast(site: Site): Change[] {
  const [argument] = childrenIn(site.node, "arg");
  const [span] = spansIn(site, "arg") ?? [];
  const calculated = ["A_Expr", "FuncCall", "MinMaxExpr", "CoalesceExpr", "CaseExpr"].includes(
    argument?.kind ?? "",
  );

  if (span === undefined || !calculated || !whole.includes(typeNameOf(childrenIn(site.node, "typeName")[0])))
    return [];

  return ["floor", "ceil"].map((name) => replaced(span, `${name}(${site.fragment.text(span)})`));
}

export const examples: Examples = {
  makes: [
    {
      of: "SELECT round(a, 1), floor(b);",
      mutants: ["SELECT trunc(a, 1), floor(b);", "SELECT round(a, 1), ceil(b);"],
    },
    {
      of: "SELECT (a * 0.4)::INTEGER;",
      mutants: ["SELECT floor((a * 0.4))::INTEGER;", "SELECT ceil((a * 0.4))::INTEGER;"],
    },
  ],
  leaves: ["SELECT a::INTEGER, (a * 2)::TEXT"],
};
