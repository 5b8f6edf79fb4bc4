/**
 * A number that is one too large, in its last digit; a small one also one too small, because small ones are limits and counts.
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

const SMALL_MAX = 10n;

function stepped(number: string): string[] {
  if (!/^\d+(\.\d+)?$/.test(number)) return [];
  const digits = number.split(".")[1]?.length ?? 0;
  const scaled = BigInt(number.replace(".", ""));
  const steps =
    scaled > 0n && scaled <= SMALL_MAX && digits === 0 ? [scaled + 1n, scaled - 1n] : [scaled + 1n];

  return steps.map((step) => {
    const text = String(step).padStart(digits + 1, "0");

    return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  });
}

export const examples: Examples = {
  makes: [
    { of: "SELECT a > 10;", mutants: ["SELECT a > 11;", "SELECT a > 9;"] },
    { of: "SELECT a * 0.04;", mutants: ["SELECT a * 0.05;"] },
    { of: "SELECT f(0), 1499 + a;", mutants: ["SELECT f(1), 1499 + a;", "SELECT f(0), 1500 + a;"] },
  ],
  leaves: ["SELECT 'a 1', b::NUMERIC(10, 2) FROM t GROUP BY 1", "SET work_mem = 1000"],
};
