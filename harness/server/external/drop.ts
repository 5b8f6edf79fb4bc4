/**
 * What the process does that an interrupted run leaves its databases to.
 */
import { text } from "node:stream/consumers";
import * as v from "valibot";
import { readAddress } from "./address.ts";
import { dropOfRun } from "./databases.ts";
import { connectGuest } from "./external.ts";

const order = v.object({ address: v.string(), run: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/)) });

/** Reads address and run from the standard input. @throws HarnessError where something is left */
export async function dropAfterEnd(): Promise<void> {
  const { address, run } = v.parse(order, JSON.parse(await text(process.stdin)));
  const { client } = await connectGuest(readAddress(address, process.env));
  try {
    const { left } = await dropOfRun(client, run);
    for (const { name, reason } of left) process.stderr.write(`${name}: ${reason}\n`);
    process.exitCode = left.length === 0 ? 0 : 1;
  } finally {
    await client.end();
  }
}
