/** Rules M1, M5, M6, M8: what the data migration does to whatever organizations there are, and what it says of it. */
import { constantFrom, oneof } from "fast-check";
import type { Notice } from "../harness/database/session.ts";
import { property } from "../harness/property/property.ts";
import type { Violation } from "../harness/property/verdict.ts";
import type { Applied } from "../harness/release/apply.ts";
import type { Stage } from "../harness/release/stage.ts";
import { accounts, idOf, numbers } from "./credits/arbitraries.ts";
import { STOPPED_CLOCK } from "./credits/clock.ts";
import { migratedAccounts, wrongAllocation } from "./credits/migrated.ts";
import type { Account } from "./credits/model.ts";
import { plainTable, setNumbers, tables } from "./credits/tables.ts";
import type { World } from "./world.ts";

export const migratesAll = property(
  "M1",
  "every organization gets the allocation of its plan and one log row; a second run adds none",
  {
    cost: "migration",
    given: { table: tables(8), again: constantFrom(false, true) },
    async holds({ table, again }, world: World) {
      const stage = await world.baseline(table);
      await stage.apply(world.release.migrate);
      if (again) {
        await stage.apply([world.dataStep]);
      }

      return await wrongAllocation(stage, table.accounts);
    },
  },
);

/** No allocation gives it what it has used. */
const OVERDRAWN = `UPDATE organizations SET email_credits = 30000, email_used_credits = 25000
WHERE id = '${idOf(0)}';`;

/** No statement changes it at all. */
const IMMOVABLE = `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this one stays as it is';
END$$;
CREATE TRIGGER keep BEFORE UPDATE ON organizations
FOR EACH ROW WHEN (OLD.id = '${idOf(0)}') EXECUTE FUNCTION keep();`;

/** What can be odd about the first organization when the data migration meets it. */
const oddities = () =>
  oneof(
    { weight: 1, arbitrary: numbers().map((odd) => setNumbers(idOf(0), odd)) },
    {
      weight: 3,
      arbitrary: constantFrom(
        OVERDRAWN,
        `UPDATE organizations SET sms_credits = 900, sms_used_credits = 900 WHERE id = '${idOf(0)}';`,
        `UPDATE organizations SET ai_credits = NULL, sms_used_credits = NULL WHERE id = '${idOf(0)}';`,
        `UPDATE organizations SET ai_credits = 7 WHERE id = '${idOf(0)}';`,
        `UPDATE organizations SET plan_name = repeat('x', 100000), name = repeat('%', 9000) WHERE id = '${idOf(0)}';`,
        `UPDATE organizations SET created_at = NULL, status = NULL, updated_at = NULL WHERE id = '${idOf(0)}';`,
        IMMOVABLE,
      ),
    },
  );

/** An odd organization and a plain one beside it. */
const oddExamples = [OVERDRAWN, IMMOVABLE].map((odd) => ({
  list: [...plainTable().accounts, ...plainTable({ id: idOf(1) }).accounts],
  odd,
}));

/** Applies the steps before the data migration, makes the first organization odd where that is possible, and migrates. */
async function migrateOdd(
  world: World,
  list: readonly Account[],
  odd: string,
): Promise<{ stage: Stage; applied: readonly Applied[]; notices: Notice[] }> {
  const stage = await world.baseline({ accounts: list });
  await stage.apply(world.schemaSteps);
  await stage.attempt("an odd organization", odd);
  const applied = await stage.apply([world.dataStep]);

  return { stage, applied, notices: applied.flatMap(({ outcome }) => outcome.notices) };
}

export const oddRow = property("M5", "no organization, however odd, keeps another from being migrated", {
  cost: "migration",
  given: {
    list: accounts({ minLength: 2, maxLength: 5 }, { plan: constantFrom("custom", "premium") }),
    odd: oddities(),
  },
  examples: oddExamples,
  async holds({ list, odd }, world: World) {
    const { stage } = await migrateOdd(world, list, odd);

    return await wrongAllocation(stage, list.slice(1));
  },
});

export const progress = property(
  "M6",
  "progress is told without leftovers, and its count grows to the total",
  {
    cost: "migration",
    given: { count: constantFrom(99, 100, 101, 200, 250) },
    async holds({ count }, world: World) {
      const { stage, notices } = await migrateMany(world, count, []);
      const leftover = notices.find(({ message }) => /%[sdfIL]|\.\d+[fd]\b|%%|<NULL>/.test(message));
      const wrongTotal = notices.find(({ message }) => totalsIn(message).some((total) => total !== count));
      const counts = notices.flatMap(({ message }) => /Processed (\d+)/.exec(message)?.[1] ?? []).map(Number);
      const grows =
        counts.every((value, index) => value >= (counts[index - 1] ?? 0)) && counts.at(-1) === count;

      if (leftover !== undefined) {
        return showNotice(
          world,
          stage,
          "no notice holds a part of a format directive, or a NULL",
          saying(leftover),
        );
      }
      if (wrongTotal !== undefined) {
        return showNotice(world, stage, `each notice that tells the total says ${count}`, saying(wrongTotal));
      }

      const wrongShare = notices.find(({ message }) => isWrongShare(message));
      if (wrongShare !== undefined) {
        return showNotice(
          world,
          stage,
          "the percentage beside a count and its total is their quotient",
          saying(wrongShare),
        );
      }

      return grows
        ? undefined
        : showNotice(
            world,
            stage,
            `the notices count up to ${count}`,
            counts.length === 0 ? "no notice counts" : `they count ${counts.join(", ")}`,
          );
    },
  },
);

export const durations = property("M6-durations", "durations hold past a minute", {
  cost: "migration",
  given: { count: constantFrom(100, 120, 200) },
  async holds({ count }, world: World) {
    const { stage, notices } = await migrateMany(world, count, STOPPED_CLOCK.statements);
    const told = notices.flatMap(({ message }) =>
      [...message.matchAll(/([\d.]+) ?ms/g)].map(([, value]) => Number(value)),
    );
    const short = told.find((value) => value < STOPPED_CLOCK.tickMs);

    return short === undefined && told.length > 0
      ? undefined
      : showNotice(
          world,
          stage,
          `no duration is below ${STOPPED_CLOCK.tickMs} ms: the clock goes on by that each time it is read`,
          short === undefined ? "no duration is told" : `a notice tells ${short} ms`,
        );
  },
});

export const named = property(
  "M8",
  "an organization that stays unmigrated is named in a warning, and no count calls it done",
  {
    cost: "migration",
    given: {
      list: accounts({ minLength: 1, maxLength: 4 }, { plan: constantFrom("custom", "premium") }),
      odd: oddities(),
    },
    examples: oddExamples,
    async holds({ list, odd }, world: World) {
      const { stage, applied, notices } = await migrateOdd(world, list, odd);
      const done = await migratedAccounts(stage);
      const left = list.filter(({ id }) => !done.has(id));
      const silent = left.find(
        ({ id }) => !notices.some(({ severity, message }) => severity === "WARNING" && message.includes(id)),
      );
      const claimed = Math.max(
        0,
        ...notices.flatMap(({ message }) => Number(/Processed (\d+)/.exec(message)?.[1] ?? 0)),
      );

      if (silent !== undefined) {
        return showNotice(
          world,
          stage,
          `a warning names ${silent.id}, which stays without an allocation in the log`,
          sayingOf(applied),
        );
      }

      return claimed <= list.length - left.length
        ? undefined
        : showNotice(
            world,
            stage,
            `at most ${list.length - left.length} organizations are called processed`,
            `${claimed} are called so`,
          );
    },
  },
);

/** The totals that a notice tells: `100 / 250`, and `of 250 organizations`. */
function totalsIn(message: string): readonly number[] {
  return [...message.matchAll(/\d+ ?\/ ?(\d+)|\bof (\d+) organizations/g)].map(([, over, of]) =>
    Number(over ?? of),
  );
}

/** Whether `100 / 250 organizations (40.0%)` is wrong by more than rounding can make it. */
function isWrongShare(message: string): boolean {
  const [, done, total, percent] = /(\d+) ?\/ ?(\d+)[^(]*\((-?[\d.]+) ?%\)/.exec(message) ?? [];

  return percent !== undefined && Math.abs((Number(done) * 100) / Number(total) - Number(percent)) > 0.051;
}

/** Many plain organizations, made on the server. */
async function migrateMany(world: World, count: number, prepare: readonly string[]) {
  const stage = await world.baseline({ accounts: [] });
  await stage.prepare(
    "organizations",
    `INSERT INTO organizations (name, plan_name, total_credits)
SELECT 'Any', 'custom', 0 FROM generate_series(1, ${count})`,
  );
  await stage.apply(world.schemaSteps);
  if (prepare.length > 0) {
    await stage.prepare("a clock that jumps, and a sleep that does not", `${prepare.join(";\n")};`);
  }
  const applied = await stage.apply([world.dataStep]);

  return { stage, notices: applied.flatMap(({ outcome }) => outcome.notices) };
}

/** What the data migration says is shown by the data migration itself. */
function showNotice(world: World, stage: Stage, expected: string, got: string): Violation {
  return stage.violation({ expected, got, show: [world.dataStep] });
}

/** All that the data migration says, in one line. */
function sayingOf(applied: readonly Applied[]): string {
  const texts = applied.flatMap(({ outcome: { notices, refusal } }) => [
    ...notices.map(saying),
    ...(refusal === undefined ? [] : [`ERROR: ${refusal.message} (SQLSTATE ${refusal.code})`]),
  ]);

  return texts.length === 0 ? "it says nothing" : `it says ${texts.join(" and ")}`;
}

/** A notice as it is quoted: times and durations, which are others in every run, are left out. */
function saying({ severity, message }: Notice): string {
  const still = message
    .replace(/\d{4}-\d\d-\d\d[ T][\d:.]+([+-]\d\d(:?\d\d)?)?/g, "…")
    .replace(/[\d.]+(?= ?ms\b)/g, "…");

  return `${severity} "${still.length > 120 ? `${still.slice(0, 120)}…` : still}"`;
}
