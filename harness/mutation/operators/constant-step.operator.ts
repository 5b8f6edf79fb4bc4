/**
 * A number that is one too large or too small: in its last digit, if it is a fraction.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { constantsIn } from "../sites.ts";

export const constantStep = operator(
  "constant-step",
  "expression",
  "A number is off by one",
  function* (subject) {
    for (const { node, fragment } of constantsIn(subject)) {
      const token = fragment.tokens.find(({ start, kind }) => start >= node.at && kind === "number");
      if (token === undefined || !("ival" in node.fields || "fval" in node.fields)) continue;
      for (const text of stepped(token.text)) yield replaced(token, text);
    }
  },
);

function stepped(number: string): string[] {
  if (!/^\d+(\.\d+)?$/.test(number)) return [];
  const digits = number.split(".")[1]?.length ?? 0;
  const scaled = BigInt(number.replace(".", ""));
  const steps = scaled > 0n ? [scaled + 1n, scaled - 1n] : [scaled + 1n];

  return steps.map((step) => {
    const text = String(step).padStart(digits + 1, "0");

    return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  });
}

export const examples: Examples = {
  makes: [
    { of: "SELECT a > 10;", mutants: ["SELECT a > 11;", "SELECT a > 9;"] },
    { of: "SELECT a * 0.04;", mutants: ["SELECT a * 0.05;", "SELECT a * 0.03;"] },
    { of: "SELECT 0;", mutants: ["SELECT 1;"] },
  ],
  leaves: ["SELECT 'a 1', b::NUMERIC(10, 2) FROM t GROUP BY 1", "SET work_mem = 1000"],
};
