/** Rules V1 to V3: whether the document's own queries and tests run, and whether they tell the truth. */
import { constant, constantFrom, integer, nat, oneof, record } from "fast-check";
import { property } from "../harness/property/property.ts";
import type { Violation } from "../harness/property/verdict.ts";
import { type Applied, refusedIn } from "../harness/release/apply.ts";
import type { Step } from "../harness/release/release.ts";
import type { Stage } from "../harness/release/stage.ts";
import { accounts, types } from "./credits/arbitraries.ts";
import { breakages } from "./credits/breakage.ts";
import { type Account, allocationOf, CREDIT_TYPES, NOTHING, type Organization } from "./credits/model.ts";
import { faultSql, type PlantedFault, traceOf } from "./credits/planted.ts";
import { insertAccounts } from "./credits/sql.ts";
import { setNumbers, tables } from "./credits/tables.ts";
import { use, uses } from "./credits/use.ts";
import type { World } from "./world.ts";

/** The two organizations that the document's tests need. */
const FIXED: readonly Account[] = ["1", "2"].map((last) => ({
  id: `00000000-0000-0000-0000-00000000000${last}`,
  name: `Test ${last}`,
  planName: "custom",
  totalCredits: 1000,
  status: "active",
}));

/** A list of the release, and the state of the database for which it is meant; the rollback verification is rule R7. */
const MEANT = [
  ["analyse", "baseline"],
  ["verify", "migrated"],
  ["exercise", "migrated"],
] as const;

export const runsAnywhere = property(
  "V1",
  "the document's queries and tests run without an error, whatever the tables hold",
  {
    cost: "migration",
    given: { table: tables(4), calls: uses(), meant: constantFrom(...MEANT) },
    async holds({ table, calls, meant: [list, state] }, world: World) {
      const steps = world.steps(list);
      const stage = await world.baseline(table);
      await stage.prepare("the organizations that the tests need", insertAccounts(FIXED));
      if (state === "migrated") {
        await stage.apply(world.release.migrate);
        await use(stage, [...FIXED, ...table.accounts], calls);
      }

      return stage.refused(await stage.apply(steps), "it runs without an error on these rows");
    },
  },
);

export const anyClient = property(
  "V1-client",
  "the document's queries and tests need no psql: they hold no meta-command",
  {
    cost: "once",
    given: {},
    async holds(_, world: World): Promise<Violation | undefined> {
      const steps = [...MEANT.map(([list]) => list), "verifyRollback" as const].flatMap((list) =>
        world.steps(list),
      );
      const meta = steps.flatMap((step) =>
        step.statements.filter(({ kind }) => kind === "meta").map((one) => ({ step, one })),
      );
      const [first] = meta;
      const where = meta.map(({ step, one }) => `${step.path}, line ${one.line}: ${one.text}`).join("; ");

      return first === undefined
        ? undefined
        : {
            expected: "every line is SQL, and runs through any client",
            got: where,
            script: [
              {
                title: "as any other client sends it: syntax error",
                sql: `DO $$BEGIN EXECUTE '${first.one.text}'; END$$;`,
              },
            ],
            hint: "Leave psql's own commands out of the files",
          };
    },
  },
);

/** Migrated organizations whose numbers are as the contract says, whatever the release's functions made of them. */
async function sound(
  world: World,
  list: readonly Account[],
  percent: number,
): Promise<{ stage: Stage; organizations: Organization[] }> {
  const stage = await world.baseline({ accounts: list });
  await stage.apply(world.release.migrate);
  const organizations = list.map((account) => {
    const allocated = allocationOf(account.planName, account.totalCredits);
    const used = Object.fromEntries(
      CREDIT_TYPES.map((type) => [type, Math.floor((allocated[type] * percent) / 100)]),
    );

    return { ...account, numbers: { allocated, used: { ...NOTHING, ...used } } };
  });
  const sql = organizations.map(({ id, numbers }) => setNumbers(id, numbers)).join("\n");
  await stage.prepare("numbers as the contract has them", sql);

  return { stage, organizations };
}

/** Totals that never reach the sums' limits: that is V1's business. */
const modest = () =>
  accounts({ minLength: 1, maxLength: 3 }, { total: oneof(constant(null), nat({ max: 100_000 })) });

export const nothingToReport = property("V2-sound", "on sound data the verification reports nothing", {
  cost: "migration",
  given: { list: modest(), percent: integer({ min: 0, max: 100 }) },
  async holds({ list, percent }, world: World) {
    const { stage } = await sound(world, list, percent);
    const applied = await stage.apply(world.steps("verify"));
    const names = [...list.map(({ id }) => id), ...CREDIT_TYPES.map((type) => `check_${type}_credits_limit`)];

    for (const { statement, outcome } of applied) {
      const named = names.find((name) =>
        outcome.rows.some((row) => row.some((value) => value?.includes(name))),
      );
      if (named !== undefined) {
        return stage.violation({
          expected: "nothing is reported",
          got: `a row names ${named}`,
          show: statement.text,
        });
      }
    }

    return undefined;
  },
});

const planted = () =>
  oneof(
    record({
      fault: constantFrom<PlantedFault["fault"][]>(
        "unallocated",
        "missing constraint",
        "violated constraint",
        "null",
      ),
      type: types(),
      by: constant(0),
    }),
    record({
      fault: constant<PlantedFault["fault"]>("wrong allocation"),
      type: types(),
      by: oneof(integer({ min: 1, max: 50 }), integer({ min: -50, max: -1 })),
    }),
    record({ fault: constant<PlantedFault["fault"]>("lost log row"), type: types(), by: constantFrom(0, 1) }),
  );

export const tellsFaults = property(
  "V2",
  "a planted fault is reported: a row names it, or a count of faults is no longer 0",
  {
    cost: "migration",
    given: { list: modest(), planted: planted() },
    async holds({ list, planted: fault }, world: World) {
      const steps = world.steps("verify");
      const { stage, organizations } = await sound(world, list, 0);
      const [victim] = organizations;
      const silent = reportsOf(await stage.apply(steps));
      if (victim === undefined) {
        return undefined;
      }
      for (const sql of faultSql(fault, victim)) {
        await stage.prepare(`the fault: ${fault.fault}`, sql);
      }
      const applied = await stage.apply(steps);

      return reported(silent, reportsOf(applied), traceOf(fault, victim))
        ? undefined
        : stage.violation({
            expected: `the verification reports ${fault.fault} (${traceOf(fault, victim)})`,
            got: "it reports what it reports on sound data, but for sums and averages",
            show: applied.at(-1)?.statement.text ?? "",
            hint: "Add a query whose rows name what is wrong",
          });
    },
  },
);

type Report = readonly (readonly (string | null)[])[];

function reportsOf(applied: readonly Applied[]): readonly Report[] {
  return applied.map(({ outcome }) => outcome.rows);
}

/** A row that was not there before names it, or a number that was 0 is not 0 any more. */
function reported(before: readonly Report[], after: readonly Report[], trace: string): boolean {
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

export const testsNotice = property(
  "V3",
  "the document's tests fail, or say so, when what they test is broken",
  {
    cost: "migration",
    given: { breakage: breakages() },
    async holds({ breakage }, world: World) {
      const steps = world.steps("exercise");
      const stage = await world.baseline({ accounts: FIXED });
      await stage.apply(world.release.migrate);
      await stage.prepare(`broken: ${breakage.function} ${breakage.how}`, breakage.sql);
      const applied = await stage.apply(steps);

      return refusedIn(applied) !== undefined || saysSo(applied)
        ? undefined
        : stage.violation({
            expected: `a test fails, for ${breakage.function} ${breakage.how}`,
            got: toldBy(applied),
            show: lastTest(steps),
            hint: "Compare in the tests what the call returned, what it changed, and why it was refused",
          });
    },
  },
);

function saysSo(applied: readonly Applied[]): boolean {
  return applied.some(({ outcome }) => {
    const texts = [...outcome.rows.flat(), ...outcome.notices.map(({ message }) => message)];

    return (
      outcome.notices.some(({ severity }) => severity === "WARNING") ||
      texts.some((text) => /\bfail(ed|ure)?\b/i.test(text ?? ""))
    );
  });
}

function toldBy(applied: readonly Applied[]): string {
  const notices = applied.flatMap(({ outcome }) => outcome.notices.map(({ message }) => message));

  return ["all of them pass", ...notices].join("; ");
}

function lastTest(steps: readonly Step[]): string {
  return steps.at(-1)?.statements.at(-1)?.text ?? "";
}
