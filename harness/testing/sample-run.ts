/**
 * A run with one result of each status, with realistic values, for the tests of the reports.
 */
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import type { References } from "../report/reproduce-line.ts";

const common = { runs: 200, durationMs: 120, seed: 42 } as const;

export const held: PropertyResult = {
  ...common,
  id: "A1",
  rule: "A1",
  title: "enterprise and premium organizations are allocated 1,500 ai, 1,200 whatsapp, 20,000 email and 500 sms",
  verdict: "held",
  expected: true,
};

const minting = "select consume_specific_credits('00000000-0000-0000-0000-000000000001', 'ai', -1);";

export const violated: PropertyResult = {
  ...common,
  id: "C3-negative",
  rule: "C3",
  title: "a call for a negative number of credits is refused and changes nothing",
  verdict: "violated",
  expected: false,
  runs: 4,
  shrinks: 7,
  path: "3:1:0",
  counterexample: { credits: -1 },
  violation: {
    expected: "the call is refused, and ai_used_credits stays 0",
    got: "the call returned true, and ai_used_credits became -1, so that 501 credits are available",
    hint: "Refuse p_credits below 1 before the row is locked.",
    script: [
      {
        title: "the baseline",
        sql: "create table organizations (id uuid primary key);\n",
        isFromRelease: true,
      },
      { title: "the migration", sql: "alter table organizations add ai_credits int;\n", isFromRelease: true },
      {
        title: "one organization with 500 ai credits",
        sql: "insert into organizations (id, plan_name)\nvalues ('00000000-0000-0000-0000-000000000001', E'\\'--');\n",
      },
      { title: "it consumes a negative number", sql: minting },
    ],
  },
};

export const known: PropertyResult = {
  ...violated,
  id: "C5",
  rule: "C5",
  title: "an unknown organization is refused, and not with the message about missing credits",
  expected: true,
  because: "the document checks the row and the credits in one condition, so that both give one message",
};

export const stale: PropertyResult = {
  ...common,
  id: "G2",
  rule: "G2",
  title: "a repeated call after a consumption gives the new number",
  verdict: "held",
  expected: false,
  because: "the function is declared immutable",
};

export const unknown: PropertyResult = {
  ...common,
  id: "R1",
  rule: "R1",
  title: "emergency rollback restores the catalog of the baseline",
  verdict: "unknown",
  expected: false,
  runs: 0,
  reason: "the release has no emergency rollback",
};

export function createReleaseResult(...properties: PropertyResult[]): ReleaseResult {
  return { name: "phase-3.5-published", folder: "/checkout/sql/published", properties, questions: [] };
}

export function createRunResult(...releases: ReleaseResult[]): RunResult {
  return {
    plumbline: "0.1.0",
    seed: 42,
    server: { kind: "embedded", version: "18.4" },
    durationMs: 8_123,
    releases,
  };
}

export const mixed: ReleaseResult = {
  ...createReleaseResult(held, violated, known, stale, unknown),
  questions: [
    {
      id: "O1",
      title: "the shares of a custom plan add up to more than its pool",
      answer: "110 % of the pool is allocated, and 1,900 credits to a pool of 100",
      figures: { shares: 1.1, floors: 1900 },
      lines: ["ai: 40 %", "whatsapp: 30 %"],
    },
  ],
};

export const references: References = {
  cwd: "/checkout",
  scripts: new Map([
    [violated, "plumbline-out/phase-3.5-published/C3-negative.sql"],
    [known, "plumbline-out/phase-3.5-published/C5.sql"],
  ]),
};
