/** Drops the databases of an interrupted run, in a process of its own: address and run arrive on standard input. */
import { text } from "node:stream/consumers";
import * as v from "valibot";
import { parseServerAddress } from "./address.ts";
import { dropRunDatabases } from "./databases.ts";
import { connectExternal } from "./external.ts";

const request = v.object({ address: v.string(), run: v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/)) });

// A signal that ends the run reaches this process too.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);

const { address, run } = v.parse(request, JSON.parse(await text(process.stdin)));
const { client } = await connectExternal(parseServerAddress(address, process.env));
try {
  const { left } = await dropRunDatabases(client, run);
  for (const { name, reason } of left) process.stderr.write(`${name}: ${reason}\n`);
  process.exitCode = left.length === 0 ? 0 : 1;
} finally {
  await client.end();
}
