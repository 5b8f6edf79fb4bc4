/**
 * What a user of Plumbline waits for, as ratios of ways to do the same thing.
 *
 * Run it: npm run bench:harness
 */
import { join } from "node:path";
import { Databases } from "../../harness/database/databases.ts";
import { installation } from "../../harness/files/installation.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { cloning } from "./cloning.ts";
import { formatRates, type TimingTable } from "./paired-timings.ts";
import { schedules } from "./schedules.ts";
import { serverStart } from "./server-start.ts";
import { verifiedCalls } from "./verified-calls.ts";

const tell = (paces: TimingTable): boolean => process.stdout.write(`${formatRates(paces)}\n\n`);

export async function main(): Promise<void> {
  const release = await readRelease(join(installation.folder, "sql/hardened"));
  tell(await serverStart());
  await using server = await startEmbedded();
  await using databases = new Databases(server);
  tell(await cloning(server, databases, release));
  tell(await verifiedCalls(server, databases, release));
  tell(await schedules(databases, release));
}
