/** Removes the container of an interrupted run, in a process of its own: its name arrives on standard input. */
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import { removeContainer } from "./containers.ts";
import { findEngine } from "./engine.ts";

const request = v.object({ name: v.pipe(v.string(), v.regex(/^plumbline-[0-9a-f]+$/)) });
/** The engine may be about to create the container. */
const appearLimitMs = 1_000;

// A signal that ends the run reaches this process too.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);

const { name } = v.parse(request, JSON.parse(await text(process.stdin)));
const handle = (await findEngine()).container.getById(name);
const deadline = Date.now() + appearLimitMs;
while (!(await removeContainer(handle)) && Date.now() < deadline) await delay(50);
