/**
 * Nothing for a number.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { constantsIn } from "../sites.ts";

export const constantZero = operator("constant-zero", "expression", "A number is zero", function* (subject) {
  for (const { node, fragment } of constantsIn(subject)) {
    const token = fragment.tokens.find(({ start, kind }) => start >= node.at && kind === "number");
    const isNumber = "ival" in node.fields || "fval" in node.fields;
    if (token !== undefined && isNumber && Number(token.text) !== 0) yield replaced(token, "0");
  }
});

export const examples: Examples = {
  makes: [{ of: "SELECT a * 0.4 + 500;", mutants: ["SELECT a * 0 + 500;", "SELECT a * 0.4 + 0;"] }],
  leaves: ["SELECT a > 0, '7'"],
};
