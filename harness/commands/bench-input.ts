/**
 * Reads everything that `pg-plumbline bench` needs before it starts a server: the gates and their budgets, the releases
 * with their known failures, and the accepted figures.
 */
import { join } from "node:path";
import { type BaselineEntry, readBaseline } from "../bench/baseline-file.ts";
import type { Gate } from "../bench/gate.ts";
import { loadGates, readThresholds, selectGates, type Thresholds } from "../bench/load-gates.ts";
import { HarnessError } from "../errors.ts";
import { codePath, installation } from "../files/installation.ts";
import { findReleases, readRelease } from "../release/read-release.ts";
import type { Release } from "../release/release.ts";
import { checkKnownFailures } from "./check-known-failures.ts";
import type { VerifyOptions } from "./verify.ts";

export const BENCHMARKS_FOLDER = join(installation.folder, "benchmarks");
export const BASELINE_FILE = join(BENCHMARKS_FOLDER, "baseline.json");

/** The flags, as the command line has them. */
export interface BenchOptions extends Pick<VerifyOptions, SharedFlag> {
  readonly against?: string;
  readonly seed: number;
  readonly scale?: number;
  readonly load?: boolean;
  readonly update?: boolean;
}
type SharedFlag = "release" | "server" | "postgres" | "image" | "yes" | "only" | "quiet" | "verbose" | ReportFlag;
type ReportFlag = "json" | "junit" | "html";

export interface BenchInput {
  readonly releases: readonly Release[];
  readonly against?: Release;
  readonly gates: readonly Gate[];
  readonly thresholds: Thresholds;
  readonly accepted: readonly BaselineEntry[];
}

/** @throws HarnessError for an error in a file or an option */
export async function readBenchInput({ release = [], against, only, scale }: BenchOptions): Promise<BenchInput> {
  const all = await loadGates(codePath("benchmarks"));
  const ids = all.map(({ id }) => id);
  const gates = selectGates(all, only).map((gate) => addSize(gate, scale));
  const thresholds = await readThresholds(join(BENCHMARKS_FOLDER, "thresholds.json"), ids);
  const folders = release.length > 0 ? release : await findReleases(join(installation.folder, "sql"));
  const releases = await Promise.all(folders.map((folder) => readRelease(folder)));
  if (releases.length === 0) {
    throw new HarnessError("There is no release to measure", "Name a folder with a release.json: --release DIR");
  }
  if (against !== undefined && (release.length !== 1 || releases.length !== 1)) {
    throw new HarnessError("--against compares one release with another", "Name it with one --release DIR");
  }
  const other = against === undefined ? undefined : await readRelease(against);
  for (const one of releases) checkKnownFailures(one, "gate", ids);

  return {
    releases,
    ...(other === undefined ? {} : { against: other }),
    gates,
    thresholds,
    accepted: await readBaseline(BASELINE_FILE),
  };
}

function addSize(gate: Gate, scale: number | undefined): Gate {
  if (scale === undefined || gate.data.sizes.includes(scale)) return gate;
  const sizes = [...gate.data.sizes, scale].toSorted((one, other) => one - other);

  return { ...gate, data: { ...gate.data, sizes } };
}
