/** Adds one to the last digit of a number; also subtracts one from small numbers, often limits and counts. */
import { type Operator, replaced } from "../operator.ts";
import { findNumbers } from "../sites.ts";

const SMALL_MAX = 10n;

export const constantStep: Operator = {
  family: "expression",
  sentence: "A number is off by one",
  mutate: (subject) =>
    findNumbers(subject).flatMap((token) => stepped(token.text).map((text) => replaced(token, text))),
  examples: {
    "SELECT a > 10;": ["SELECT a > 11;", "SELECT a > 9;"],
    "SELECT a * 0.04;": ["SELECT a * 0.05;"],
    "SELECT f(0), 1499 + a;": ["SELECT f(1), 1499 + a;", "SELECT f(0), 1500 + a;"],
    "SELECT 'a 1', b::NUMERIC(10, 2) FROM t GROUP BY 1": [],
    "SET work_mem = 1000": [],
  },
};

function stepped(number: string): string[] {
  if (!/^\d+(\.\d+)?$/.test(number)) return [];
  const digits = number.split(".")[1]?.length ?? 0;
  const scaled = BigInt(number.replace(".", ""));
  const steps = scaled > 0n && scaled <= SMALL_MAX && digits === 0 ? [scaled + 1n, scaled - 1n] : [scaled + 1n];

  return steps.map((step) => {
    const text = String(step).padStart(digits + 1, "0");

    return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  });
}
