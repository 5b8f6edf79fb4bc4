/**
 * What `pg-plumbline bench` reads before anything runs: the gates and their budgets, the releases with their ledgers, and
 * the accepted figures. Whatever is wrong with one of them ends the run before a server is started.
 */
import { join } from "node:path";
import { type Entry, readBaseline } from "../bench/baseline-file.ts";
import { readThresholds, type Thresholds } from "../bench/budget.ts";
import type { Gate } from "../bench/gate.ts";
import { chosenGates, loadGates } from "../bench/load-gates.ts";
import { HarnessError } from "../errors.ts";
import { findReleases } from "../release/find-releases.ts";
import { unknownFindings } from "../release/known-failures.ts";
import { readRelease } from "../release/read-release.ts";
import type { Release } from "../release/release.ts";
import { installation } from "./installation.ts";
import { ledgerIds } from "./known-failure-ids.ts";

export const BENCHMARKS = join(installation.folder, "benchmarks");
export const BASELINE = join(BENCHMARKS, "baseline.json");

/** The flags, as the command line has them. */
export interface BenchOptions {
  readonly release?: readonly string[];
  readonly against?: string;
  readonly server: string;
  readonly image?: string;
  readonly postgres?: number;
  readonly yes?: boolean;
  readonly seed: number;
  readonly scale?: number;
  readonly only?: readonly string[];
  readonly load?: boolean;
  readonly update?: boolean;
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
  readonly quiet?: boolean;
}

/** All that is read before anything runs. */
export interface Plan {
  readonly releases: readonly Release[];
  readonly against?: Release;
  readonly gates: readonly Gate[];
  readonly thresholds: Thresholds;
  readonly accepted: readonly Entry[];
}

/** @throws HarnessError for what cannot be measured as it stands */
export async function readPlan({ release = [], against, only, scale }: BenchOptions): Promise<Plan> {
  const all = await loadGates(BENCHMARKS);
  const gates = chosenGates(all, only).map((gate) => scaled(gate, scale));
  const thresholds = await readThresholds(
    join(BENCHMARKS, "thresholds.json"),
    all.map(({ id }) => id),
  );
  const folders = release.length > 0 ? release : await findReleases(join(installation.folder, "sql"));
  const releases = await Promise.all(folders.map((folder) => readRelease(folder)));
  if (releases.length === 0) {
    throw new HarnessError(
      "There is no release to measure",
      "Name a folder with a release.json: --release DIR",
    );
  }
  if (against !== undefined && (release.length !== 1 || releases.length !== 1)) {
    throw new HarnessError("--against holds one release against another", "Name it with one --release DIR");
  }
  const other = against === undefined ? undefined : await readRelease(against);
  const ids = await ledgerIds();
  for (const { ledger, findings } of releases) {
    const unknown = ledger === undefined ? undefined : unknownFindings(ledger, findings, ids);
    if (unknown !== undefined) throw unknown;
  }

  return {
    releases,
    ...(other === undefined ? {} : { against: other }),
    gates,
    thresholds,
    accepted: await readBaseline(BASELINE),
  };
}

/** A gate at one size more. */
function scaled(gate: Gate, scale: number | undefined): Gate {
  if (scale === undefined || gate.data.sizes.includes(scale)) return gate;
  const sizes = [...gate.data.sizes, scale].toSorted((one, other) => one - other);

  return { ...gate, data: { ...gate.data, sizes } };
}
