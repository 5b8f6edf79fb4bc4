/**
 * Runs the properties on the release itself before it is mutated: finds the candidates, which hold, and the lists of the
 * release that each reads. If one is violated, kills would mean nothing.
 */
import type { Catalog } from "../catalog/facts.ts";
import { HarnessError } from "../errors.ts";
import { checkProperty } from "../property/check-property.ts";
import type { Property } from "../property/property.ts";
import type { Release } from "../release/release.ts";
import { runConcurrently } from "../suite/concurrency-limit.ts";
import type { Suite } from "../suite/load-suite.ts";
import { ROUNDS } from "./prioritize.ts";
import { type CandidateProperty, type MutationContext, openTestContext } from "./test-mutants.ts";

export type DryRunOptions = Pick<MutationContext, "release" | "databases" | "crashServer" | "seed"> & {
  readonly suite: Suite;
  readonly onProgress?: (done: number, total: number) => void;
};

export interface DryRunResult {
  readonly context: MutationContext;
  /** The properties whose verdict is unknown; mutants are tested without them. */
  readonly unknown: readonly { readonly property: string; readonly reason: string }[];
}

/** @throws HarnessError if a property is violated */
export async function dryRun({ suite, onProgress, ...options }: DryRunOptions): Promise<DryRunResult> {
  const { properties, openContext } = suite;
  const bare = { ...options, openContext };
  const reasons = new Map<string, string>();
  const candidates = new Map<string, CandidateProperty>();
  const check = async (property: Property): Promise<void> => {
    const { release, reads } = trackListUsage(options.release);
    const testContext = openTestContext({ ...bare, release });
    try {
      const runs = Math.max(...ROUNDS.map((round) => round[property.caseKind]));
      const course = { seed: options.seed, runs, shrinksMax: 0 };
      const { verdict, violation, reason = "" } = await checkProperty(property, testContext, course);
      if (verdict === "violated") throw violatedError(options.release, property.id, violation?.got ?? "");
      if (verdict === "unknown") reasons.set(property.id, reason);
      else candidates.set(property.id, { property, reads });
      onProgress?.(reasons.size + candidates.size, properties.length);
    } finally {
      await testContext.close();
    }
  };
  await runConcurrently(properties.map((property) => async () => await check(property)));

  return {
    context: {
      ...bare,
      catalog: await readCatalog(bare),
      candidates: properties.flatMap(({ id }) => candidates.get(id) ?? []),
    },
    unknown: properties.flatMap(({ id }) => {
      const reason = reasons.get(id);

      return reason === undefined ? [] : [{ property: id, reason }];
    }),
  };
}

/** The same release; `reads` collects the names of the lists that are read from now on. */
function trackListUsage(release: Release): {
  readonly release: Release;
  readonly reads: ReadonlySet<string>;
} {
  const reads = new Set<string>();
  const lists = new Proxy(release.lists, {
    get(target, name) {
      reads.add(String(name));

      return Reflect.get(target, name);
    },
  });

  return { release: { ...release, lists }, reads };
}

async function readCatalog(options: Parameters<typeof openTestContext>[0]): Promise<Catalog> {
  const testContext = openTestContext(options);
  try {
    return (await testContext.catalog?.()) ?? new Map();
  } finally {
    await testContext.close();
  }
}

function violatedError({ name, folder }: Release, property: string, got: string): HarnessError {
  return new HarnessError(
    `${name} violates ${property} (${got}), and nothing was mutated`,
    `Fix the release first: npx pg-plumbline verify --release ${folder} --only ${property}`,
  );
}
