/** What a terminal shows of generated rows. */
import { expect, test } from "vitest";
import { createReleaseResult, createRunResult, held, references } from "../testing/sample-run.ts";
import { formatRun } from "./terminal.ts";

const plain = { colour: false, width: 80 };
const verbose = { ...plain, verbose: true };

test("a table that stayed empty is named in every run, and how the others were covered in a verbose one", () => {
  const column = { column: "slug", values: 3, tried: ["empty"], missed: ["not ASCII"] } as const;
  const coverage = [
    { table: "public.users", accepted: 7, rejected: 0, columns: [column] },
    { table: "public.plans", accepted: 0, rejected: 4, reason: "23514 violates", advice: "give values", columns: [] },
  ];
  const formatCovered = (style: typeof plain) =>
    formatRun(createRunResult({ ...createReleaseResult(held), coverage }), style, references);

  expect(formatCovered(plain)).toMatch(
    /Tables without rows: .*\npublic\.plans: no row was accepted: 23514 violates; give values\n/,
  );
  expect(formatCovered(plain)).not.toContain("public.users");
  expect(formatCovered(verbose)).toMatch(
    /Generated rows: .*\npublic\.users: 7 rows accepted\n +slug: tried empty; never tried not ASCII\npublic\.plans: /,
  );
});

test("a table that stayed empty in several migrations is named once", () => {
  const table = { accepted: 0, rejected: 4, reason: "23514 violates", advice: "give values", columns: [] };
  const releases = ["1_users", "2_plans"].map((name, index) => ({
    ...{ ...createReleaseResult(held), name, migration: name },
    coverage: ["public.users", "public.plans"].slice(0, index + 1).map((one) => ({ ...table, table: one })),
  }));
  const text = formatRun(createRunResult(...releases), plain, references);

  expect(text).toContain(
    "\n\nTables without rows\npublic.users: no row was accepted: 23514 violates; give values (2 of 2)\n" +
      "public.plans: no row was accepted: 23514 violates; give values (1 of 2)\n\n",
  );
});
