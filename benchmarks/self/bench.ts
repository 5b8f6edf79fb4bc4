/**
 * Measures what a user of Plumbline waits for, as ratios of ways to do the same thing.
 *
 * Run it: npm run bench:self [-- --release DIR…] [--only calls,rows,…]
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Databases } from "../../harness/database/databases.ts";
import type { Server } from "../../harness/database/server.ts";
import { Session } from "../../harness/database/session.ts";
import { installation } from "../../harness/files/installation.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { baselineRecipe, migratedRecipe } from "../../harness/release/recipes.ts";
import type { Release } from "../../harness/release/release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { requireKnown } from "../../harness/text/suggest.ts";
import { measureBulkRows } from "./bulk-rows.ts";
import { formatRates, measureRate, measureRates, type TimingTable } from "./paired-timings.ts";
import { measureSchedules } from "./schedules.ts";
import { measureVerifiedCalls } from "./verified-calls.ts";

const print = (table: TimingTable): boolean => process.stdout.write(`${formatRates(table)}\n\n`);

const MEASUREMENTS = ["servers", "clones", "calls", "schedules", "rows"];

/** @param words `--release DIR` as often as wanted (default: the hardened release), `--only` some of the measurements */
export async function runSelfBenchmarks(words: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...words],
    options: { release: { type: "string", multiple: true }, only: { type: "string" } },
  });
  const only = values.only?.split(",") ?? MEASUREMENTS;
  requireKnown("measurement", only, MEASUREMENTS);
  const folders = values.release ?? [join(installation.folder, "sql/hardened")];
  if (only.includes("servers")) print(await measureServerStart());
  await using server = await startEmbedded();
  await using databases = new Databases(server);
  for (const folder of folders) {
    const release = await readRelease(folder);
    if (only.includes("clones")) print(await measureCloning(server, databases, release));
    if (only.includes("calls")) print(await measureVerifiedCalls(server, databases, release));
    if (only.includes("schedules")) print(await measureSchedules(databases, release));
    if (!only.includes("rows")) continue;
    for (const table of ["organizations", "credit_actions"]) print(await measureBulkRows(databases, release, table));
  }
}

/** Getting a migrated database with a session: cloned from a template, and created and migrated. */
async function measureCloning(server: Server, databases: Databases, release: Release): Promise<TimingTable> {
  const migrated = migratedRecipe(release);
  await using maintenance = await Session.open(server.connection("postgres"));
  const clone = async (): Promise<void> => {
    await using database = await databases.clone(migrated);
    await database.connect();
  };
  const create = async (): Promise<void> => {
    await maintenance.query("CREATE DATABASE bench TEMPLATE template0");
    try {
      await using session = await Session.open(server.connection("bench"));
      await baselineRecipe(release).build(session);
      await migrated.build(session);
    } finally {
      await maintenance.query("DROP DATABASE bench WITH (FORCE)");
    }
  };

  const alternatives = {
    "a clone of a template": () => measureRate(clone),
    "created and migrated": () => measureRate(create),
  };

  return await measureRates("A migrated database", "databases/s", alternatives, 9);
}

/** Starting a server: from a copy of the cached cluster, and with initdb, as without the cache. */
async function measureServerStart(): Promise<TimingTable> {
  // A cache of its own, so that the user's stays as it is.
  const cacheFolder = await mkdtemp(join(tmpdir(), "plumbline-bench-"));
  const start = async () => {
    const began = performance.now();
    await using _server = await startEmbedded({ cacheFolder });

    return 1000 / (performance.now() - began);
  };
  const startWithInitdb = async () => {
    await rm(join(cacheFolder, "clusters"), { recursive: true });

    return await start();
  };
  try {
    // The server's account must be able to enter it.
    await chmod(cacheFolder, 0o755);
    await start();

    const alternatives = { "from the cached cluster": start, "with initdb, into the cache": startWithInitdb };

    return await measureRates("Starting a server", "starts/s", alternatives, 5);
  } finally {
    await rm(cacheFolder, { recursive: true, force: true });
  }
}
