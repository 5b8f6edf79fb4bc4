/**
 * Measures what a user of Plumbline waits for, as ratios of ways to do the same thing.
 *
 * Run it: npm run bench:self
 */
import { join } from "node:path";
import { Databases } from "../../harness/database/databases.ts";
import { installation } from "../../harness/files/installation.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { measureCloning } from "./cloning.ts";
import { formatRates, type TimingTable } from "./paired-timings.ts";
import { measureSchedules } from "./schedules.ts";
import { measureServerStart } from "./server-start.ts";
import { measureVerifiedCalls } from "./verified-calls.ts";

const print = (table: TimingTable): boolean => process.stdout.write(`${formatRates(table)}\n\n`);

export async function runSelfBenchmarks(): Promise<void> {
  const release = await readRelease(join(installation.folder, "sql/hardened"));
  print(await measureServerStart());
  await using server = await startEmbedded();
  await using databases = new Databases(server);
  print(await measureCloning(server, databases, release));
  print(await measureVerifiedCalls(server, databases, release));
  print(await measureSchedules(databases, release));
}
