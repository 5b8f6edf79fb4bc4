/**
 * Defines a rule of any migration: a claim, how an observation is judged, and two examples. The rows that it is judged
 * on, their smallest form, the script and the declarations are the same for all rules.
 */
import { Inconclusive } from "../../harness/errors.ts";
import { type Property, property } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { findUndeclared } from "./declared.ts";
import type { Finding } from "./finding.ts";
import { hasWayBack, requireRollback } from "./model/known-rollbacks.ts";
import type { MigrationObservation } from "./observation.ts";
import { explainUnfilled } from "./unfilled-tables.ts";
import { toViolations } from "./violations.ts";
import type { MigrationWorld } from "./world.ts";

/** A migration as SQL. */
export interface MigrationExample {
  /** The schema before. */
  readonly before: string;
  readonly up: string;
  readonly down?: string;
  /** True if its tool runs it again whenever it has changed. */
  readonly repeatable?: true;
}

interface RuleBase {
  /** A migration that violates the rule, in the way that is met most often. */
  readonly bad: MigrationExample;
  /** The same change made well. */
  readonly good: MigrationExample;
  /** What its page says besides: what is noted, and what is not reported. */
  readonly remark?: string;
  /** True of a rule about rollbacks: left out where a tool keeps no downs, and unknown where release.json lists none. */
  readonly isOfRollbacks?: true;
  /** True of a rule that rows cannot make fail: it is known to hold also where tables could not be filled. */
  readonly isOfSchema?: true;
}

/** Judged on what up did to the rows that all rules are decided on: boundary rows, else mild ones, else empty tables. */
export interface ObservedRule extends RuleBase {
  /** @throws Inconclusive if it cannot be decided */
  holds(observation: MigrationObservation, world: MigrationWorld): Promise<readonly Finding[]> | readonly Finding[];
}

/** Judged in its own way, such as on what up refuses. Its findings name their rows. */
export interface OwnRule extends RuleBase {
  search(world: MigrationWorld): Promise<readonly Finding[]>;
}

export interface MigrationRule extends Property<MigrationWorld> {
  readonly bad: MigrationExample;
  readonly good: MigrationExample;
  readonly remark?: string;
  /** All findings, declared or not. */
  find(world: MigrationWorld): Promise<readonly Finding[]>;
}

/**
 * Defines a rule.
 * @param id its family and number, such as `keeps.2`
 */
export function rule(id: string, title: string, definition: ObservedRule | OwnRule): MigrationRule {
  const judge = "holds" in definition ? definition.holds : undefined;
  const find = (world: MigrationWorld): Promise<readonly Finding[]> =>
    world.once(id, async () =>
      "search" in definition ? await definition.search(world) : await definition.holds(await world.observe(), world),
    );
  const holds = async (world: MigrationWorld): Promise<readonly Violation[]> =>
    await world.once(`violations of ${id}`, async () =>
      toViolations(world, await findUndeclared(world, id, await find(world)), judge),
    );

  return {
    ...property<object, MigrationWorld>(id, title, {
      caseKind: "once",
      given: {},
      holds: async (_, world) => {
        if (definition.isOfRollbacks) requireRollback(world.release);
        const violations = await holds(world);
        if (violations.length > 0) return violations;
        const unknown =
          world.release.origin?.unknownRows ?? (definition.isOfSchema ? undefined : await explainUnfilled(world));
        if (unknown !== undefined) throw new Inconclusive(unknown);

        return violations;
      },
    }),
    ...(definition.isOfRollbacks && { concerns: hasWayBack }),
    bad: definition.bad,
    good: definition.good,
    ...(definition.remark !== undefined && { remark: definition.remark }),
    find,
  };
}
