/**
 * Whether PostgreSQL is on its way in a container that takes no connection yet. Its port tells nothing: the engine opens
 * that before anything listens behind it. Its processes do: the first start of an image takes its time on a slow
 * machine, but it runs PostgreSQL's programs all the while, and what is no PostgreSQL never does.
 */
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import type { Endpoint } from "./endpoint.ts";
import { ask } from "./engine.ts";

/** How long none of PostgreSQL's programs may be seen in a container that runs. */
const silenceLimitMs = 5_000;
const pauseMs = 500;

/** Of a container that is ending there are no processes. */
const topShape = v.object({
  Titles: v.nullish(v.array(v.string()), []),
  Processes: v.nullish(v.array(v.array(v.string())), []),
});
const PROGRAM = /^(postgres|postmaster|edb-postgres|initdb|pg_[a-z]+|psql|createdb|createuser):?$/;

/** True if one of PostgreSQL's programs is among the processes, as the engine lists them. */
export function hasPostgres(list: string): boolean {
  const { Titles: titles, Processes: processes } = v.parse(topShape, JSON.parse(list));
  const at = (titles ?? []).findIndex((title) => /^(CMD|COMMAND|ARGS)$/i.test(title));

  return (processes ?? []).some((fields) => PROGRAM.test(programIn(fields.at(at) ?? "")));
}

/** The file's own name: what PostgreSQL is to be started with later is said in other words of the command, too. */
function programIn(command: string): string {
  return (command.split(" ", 1)[0] ?? "").replace(/^.*\//, "").replace(/^-/, "");
}

/**
 * Comes back when none of PostgreSQL's programs has been seen for a while, though the container runs; or when nobody
 * waits for that any more, or the engine cannot tell.
 */
export async function silence(engine: Endpoint, name: string, signal: AbortSignal): Promise<void> {
  let since: number | undefined;
  while (!signal.aborted) {
    const { status, body } = await ask(engine, "GET", `/containers/${name}/top`);
    // Not there yet, or not running: that is for others to judge.
    const quiet = status === 200 && !hasPostgres(body);
    since = quiet ? (since ?? Date.now()) : undefined;
    if (since !== undefined && Date.now() - since >= silenceLimitMs) return;
    await delay(pauseMs);
  }
}
