/** Removes the container of an interrupted run, in a process of its own: address and name arrive on standard input. */
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import { endpointOf } from "./endpoint.ts";
import { removeContainer } from "./lifecycle.ts";

const order = v.object({ address: v.string(), name: v.pipe(v.string(), v.regex(/^plumbline-[0-9a-f]+$/)) });
/** The engine may be about to create the container. */
const appearLimitMs = 1_000;

// A signal that ends the run reaches this process too.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);

const { address, name } = v.parse(order, JSON.parse(await text(process.stdin)));
const engine = endpointOf(address, process.env);
const deadline = Date.now() + appearLimitMs;
while (!(await removeContainer({ engine, name })) && Date.now() < deadline) await delay(50);
