/**
 * A number with two digits exchanged, as it is mistyped: the first two neighbours that differ.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { constantsIn } from "../sites.ts";

export const constantDigits = operator(
  "constant-digits",
  "expression",
  "Two digits of a number are exchanged",
  function* (subject) {
    for (const { node, fragment } of constantsIn(subject)) {
      const token = fragment.tokens.find(({ start, kind }) => start >= node.at && kind === "number");
      const isNumber = "ival" in node.fields || "fval" in node.fields;
      const other = token?.text.replace(/(\d)(?!\1)(\d)/, "$2$1");
      if (token !== undefined && isNumber && other !== undefined && Number(other) !== Number(token.text)) {
        yield replaced(token, other);
      }
    }
  },
);

export const examples: Examples = {
  makes: [
    { of: "SELECT a + 1500, f(112);", mutants: ["SELECT a + 5100, f(112);", "SELECT a + 1500, f(121);"] },
  ],
  leaves: ["SELECT 7, 33, '12'"],
};
