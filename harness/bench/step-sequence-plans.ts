/**
 * The plans of a passage's statements, those inside of its blocks and functions included: a loop runs the same plan again
 * and again, so each is kept once, and counted. They are told at a size at which that many can be told at all.
 */
import type { Database } from "../database/databases.ts";
import { HarnessError } from "../errors.ts";
import type { Passage } from "./gate.ts";
import { pin } from "./pinned-planner.ts";
import type { Measured, Plan, Reading } from "./plans/facts.ts";
import { plansIn, tellPlans } from "./plans/inner-plans.ts";
import { outlineOf } from "./plans/shape.ts";
import { type Unit, unitsOf } from "./units.ts";

/**
 * Adds to each reading the plans that its statements run; nothing where the server cannot tell them.
 * @param database one that is the caller's to change, and on which the passage was not run yet
 */
export async function withPlansInside(
  database: Database,
  { steps }: Passage,
  measured: readonly Measured[],
): Promise<readonly Measured[]> {
  const session = await pin(await database.connect());
  if (!(await tellPlans(session))) return measured;
  const plans = new Map<string, readonly Plan[]>();
  for (const unit of unitsOf(steps)) {
    plans.set(unit.name, await plansOf(unit));
  }

  return measured.map(({ subject, readings }) => ({
    subject,
    readings: readings.map((reading) => withPlans(reading, plans.get(subject) ?? [])),
  }));

  async function plansOf({ statements, name }: Unit): Promise<readonly Plan[]> {
    const found: Plan[] = [];
    for (const { text } of statements) {
      const { notices, refusal } = await session.attempt(text);
      if (refusal !== undefined) {
        throw new HarnessError(
          `${name} was refused while its plans were told: ${refusal.message}`,
          "Run it by hand with auto_explain, and mend what differs",
        );
      }
      found.push(...plansIn(notices));
    }

    return found;
  }
}

function withPlans(reading: Reading, all: readonly Plan[]): Reading {
  const distinct = new Map(all.map((plan) => [`${plan.sql}\n${outlineOf(plan).join("\n")}`, plan]));

  return { ...reading, counts: { ...reading.counts, statements: all.length }, inner: [...distinct.values()] };
}
