/** Rule V2: the release's verification queries report the truth, on sound data and with seeded faults. */
import { constant, constantFrom, integer, nat, oneof, record } from "fast-check";
import { property } from "../../harness/property/property.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import { type AppliedStatement, apply } from "../../harness/release/apply.ts";
import { textEvidence } from "./database/evidence.ts";
import {
  describeSeededFault,
  faultMarker,
  nameSeededFault,
  type SeededFault,
  seedFaultSql,
} from "./database/seeded-faults.ts";
import { accounts, creditTypes } from "./model/arbitraries.ts";
import { minimalTable, setNumbersSql } from "./model/baseline-tables.ts";
import { byType, CREDIT_TYPES, type CreditAccount, type Organization, withAllocation } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

/** Migrated organizations with the numbers of the contract, whatever the release's functions compute. */
async function sound(
  context: CreditsContext,
  list: readonly CreditAccount[],
  percent: number,
): Promise<{ db: RecordedDatabase; organizations: Organization[] }> {
  const db = await context.migrate({ accounts: list });
  const organizations = list.map((account) => {
    const { allocated } = withAllocation(account).numbers;
    const used = byType((type) => Math.floor((allocated[type] * percent) / 100));

    return { ...account, numbers: { allocated, used } };
  });
  const sql = organizations.map(({ id, numbers }) => setNumbersSql(id, numbers)).join("\n");
  await db.prepare("numbers as the contract has them", sql);

  return { db, organizations };
}

/** Totals whose sums do not overflow: that is for rule V1. */
const modest = () => accounts({ minLength: 1, maxLength: 3 }, { total: oneof(constant(null), nat({ max: 100_000 })) });

export const silentIfSound = property("V2-sound", "on sound data the verification reports nothing", {
  caseKind: "migration",
  given: { list: modest(), percent: oneof(constantFrom(0, 100), integer({ min: 0, max: 100 })) },
  examples: [0, 100].map((percent) => ({
    list: [...minimalTable({ totalCredits: 12_345 }).accounts],
    percent,
  })),
  async holds({ list, percent }, context: CreditsContext) {
    const { db } = await sound(context, list, percent);
    const applied = await db.apply(context.steps("verify"));
    const names = [...list.map(({ id }) => id), ...CREDIT_TYPES.map((type) => `check_${type}_credits_limit`)];

    for (const { statement, result: outcome } of applied) {
      const named = names.find((name) => outcome.rows.some((row) => row.some((value) => value?.includes(name))));
      if (named !== undefined) {
        return db.violation({
          kind: "false alarm",
          expected: "no row of the verification names anything: the data is sound",
          got: `a row names ${named}`,
          show: statement.text,
          evidence: textEvidence([named]),
        });
      }
    }

    return undefined;
  },
});

const seededFaults = () =>
  oneof(
    record({
      fault: constantFrom<SeededFault["fault"][]>("unallocated", "missing constraint", "violated constraint", "null"),
      type: creditTypes(),
      by: constant(0),
    }),
    record({
      fault: constant<SeededFault["fault"]>("wrong allocation"),
      type: creditTypes(),
      by: oneof(integer({ min: 1, max: 50 }), integer({ min: -50, max: -1 })),
    }),
    record({
      fault: constant<SeededFault["fault"]>("lost log row"),
      type: creditTypes(),
      by: constantFrom(0, 1),
    }),
  );

/** Each kind of fault. */
const FAULT_EXAMPLES: readonly SeededFault[] = [
  { fault: "unallocated", type: "ai", by: 0 },
  { fault: "wrong allocation", type: "sms", by: 1 },
  { fault: "wrong allocation", type: "ai", by: -1 },
  { fault: "missing constraint", type: "whatsapp", by: 0 },
  { fault: "violated constraint", type: "email", by: 0 },
  { fault: "null", type: "ai", by: 0 },
  { fault: "lost log row", type: "ai", by: 0 },
  { fault: "lost log row", type: "ai", by: 1 },
];

export const reportsFaults = property("V2", "a seeded fault is reported", {
  caseKind: "migration",
  given: { list: modest(), seeded: seededFaults() },
  counts: { of: FAULT_EXAMPLES.length, passing: "seeded faults are reported" },
  examples: FAULT_EXAMPLES.map((seeded) => ({ list: [...minimalTable().accounts], seeded })),
  async holds({ list, seeded: fault }, context: CreditsContext) {
    const steps = context.steps("verify");
    const { db, organizations } = await sound(context, list, 0);
    const [victim] = organizations;
    // For comparison only, so it is not in the script.
    const before = reports(await apply(db.session, steps));
    if (victim === undefined) return undefined;
    for (const sql of seedFaultSql(fault, victim, context.schema)) {
      await db.prepare(`a fault is seeded: ${fault.fault}`, sql);
    }
    const applied = await db.apply(steps);

    return isReported(before, reports(applied), faultMarker(fault, victim, context.schema))
      ? undefined
      : db.violation({
          kind: nameSeededFault(fault),
          expected: `a row of the verification names ${describeSeededFault(fault, victim, context.schema)}, or a count of faults rises from 0`,
          got: `no row names ${faultMarker(fault, victim, context.schema)}, and every count that was 0 still is`,
          show: steps,
          evidence: { shows: "text", absent: [faultMarker(fault, victim, context.schema)] },
          hint: "Add a query whose rows name what is wrong",
        });
  },
});

type Report = readonly (readonly (string | null)[])[];

function reports(applied: readonly AppliedStatement[]): readonly Report[] {
  return applied.map(({ result: outcome }) => outcome.rows);
}

/** A new row names it, or a number is no longer 0. */
function isReported(before: readonly Report[], after: readonly Report[], trace: string): boolean {
  return after.some((rows, statement) => {
    const known = before[statement] ?? [];
    const named = rows.some((row) => row.includes(trace) && !known.some((old) => old.includes(trace)));
    const counted =
      rows.length === known.length &&
      rows.some((row, at) =>
        row.some((value, column) => known[at]?.[column] === "0" && /^[1-9]\d*$/.test(value ?? "")),
      );

    return named || counted;
  });
}
