/**
 * What the process does that an interrupted run leaves its container to. The engine may be about to make it: then it is
 * waited for, a moment.
 */
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import { endpointOf } from "./endpoint.ts";
import { removeContainer } from "./lifecycle.ts";

const order = v.object({ address: v.string(), name: v.pipe(v.string(), v.regex(/^plumbline-[0-9a-f]+$/)) });
const appearLimitMs = 1_000;

/** Reads address and name from the standard input. Throws where the container cannot be removed. */
export async function removeAfterEnd(): Promise<void> {
  const { address, name } = v.parse(order, JSON.parse(await text(process.stdin)));
  const engine = endpointOf(address, process.env);
  const deadline = Date.now() + appearLimitMs;
  while (!(await removeContainer({ engine, name })) && Date.now() < deadline) await delay(50);
}
