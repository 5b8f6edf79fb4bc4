/**
 * `pg-plumbline verify --server memory,embedded`: the same cases in memory and on a server, and whether they come to the
 * same. The server's answer is the one that counts.
 */
import { compareWithMemory, formatServerComparison } from "../report/server-comparison.ts";
import { chooseSeed, reportRun, styleOf, type VerifyOptions, verifyOnce } from "./verify.ts";

/** @returns the exit code of the run on the server: 0 all as expected, 1 a contract broken or a ledger stale, 2 nothing decided */
export async function compareServers(options: VerifyOptions): Promise<number> {
  const { image: _, postgres: __, ...plain } = options;
  const seed = options.seed ?? chooseSeed();
  const inMemory = await verifyOnce({ ...plain, server: "memory" }, seed);
  const asked = { ...options, server: options.server.slice("memory,".length) };
  const onServer = await verifyOnce(asked, seed);
  const code = await reportRun(onServer, asked);
  if (options.quiet !== true) {
    const comparison = compareWithMemory(inMemory, onServer);
    process.stdout.write(`\n${formatServerComparison(comparison, inMemory, onServer, styleOf(options))}`);
  }

  return code;
}
