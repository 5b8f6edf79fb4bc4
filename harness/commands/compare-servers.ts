/**
 * `pg-plumbline verify --server memory,embedded`: the same cases in memory and on a server. The server's verdict counts.
 */
import { compareWithMemory, formatServerComparison } from "../report/server-comparison.ts";
import { detectStyle } from "../report/style.ts";
import { chooseSeed, reportRun, type VerifyOptions, verifyOnce } from "./verify.ts";

/** @returns the exit code of the run on the server, as `verify` has it */
export async function compareServers(options: VerifyOptions): Promise<number> {
  const { image: _, postgres: __, ...others } = options;
  const seed = options.seed ?? chooseSeed();
  const inMemory = await verifyOnce({ ...others, server: "memory" }, seed);
  const serverOptions = { ...options, server: options.server.slice("memory,".length) };
  const onServer = await verifyOnce(serverOptions, seed);
  const code = await reportRun(onServer, serverOptions);
  if (options.quiet !== true) {
    const comparison = compareWithMemory(inMemory, onServer);
    const text = formatServerComparison(comparison, inMemory, onServer, detectStyle(process.stdout));
    process.stdout.write(`\n${text}`);
  }

  return code;
}
