/** Creates, starts, inspects and removes containers of PostgreSQL. */
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import { type CleanupResult, removeEach } from "../process/cleanup.ts";
import { formatOwner, isOwnerGone, parseOwner } from "../process/owner.ts";
import { ask, type Engine, findEngine } from "./engine.ts";
import { notStarted } from "./errors.ts";
import type { ContainerSettings } from "./postgres-container.ts";

/** A container and dockerode's handle of it, whose id is the name. */
export interface Container {
  readonly image: string;
  readonly engine: Engine;
  readonly handle: ContainerHandle;
}

export type ContainerHandle = ReturnType<Engine["container"]["getById"]>;

const RUN = "org.plumbline.run";
const OWNER = "org.plumbline.owner";
const startLimitMs = 120_000;
const killLimitMs = 5_000;

/** The host on which the ports of the engine's containers can be reached. A name may have addresses that they are not published on. */
export function publishedHost({ info }: Engine): string {
  const { host } = info.containerRuntime;

  return host === "localhost" ? "127.0.0.1" : host;
}

/**
 * Creates the container and starts it; PostgreSQL in it is then about to start.
 * @throws HarnessError if the engine cannot
 */
export async function createContainer(
  { engine, image, handle }: Container,
  settings: ContainerSettings,
): Promise<void> {
  const { startPostgresContainer } = await import("./postgres-container.ts");
  const description = { name: handle.id, labels: containerLabels(handle.id), host: publishedHost(engine) };
  await reportingStart(image, async () => {
    try {
      await ask(() => startPostgresContainer(image, description, settings), [], startLimitMs);
    } catch (thrown) {
      // Testcontainers reports a missing port where the container has ended; the caller reports why it has.
      if (!hasEnded(await inspectContainer(handle))) throw thrown;
    }
  });
}

/** Starts the container with the files that it has; its port changes. */
export async function startContainerAgain({ image, handle }: Container): Promise<void> {
  await reportingStart(image, () => ask((options) => handle.start(options), [304], startLimitMs));
}

async function reportingStart(image: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    throw notStarted(image, thrown);
  }
}

/** Kills all processes in it at once. Without effect if it is down. */
export async function killContainer({ image, handle }: Container): Promise<void> {
  await reportingStart(image, () => ask((options) => handle.kill({ signal: "KILL", ...options }), [409]));
  const deadline = Date.now() + killLimitMs;
  while ((await inspectContainer(handle))?.State.Status !== "exited" && Date.now() < deadline) await delay(100);
}

/** Removes it with all its files, running or not. @returns whether there was one */
export async function removeContainer(handle: ContainerHandle): Promise<boolean> {
  try {
    // 404: there is none; 409: it is being removed already.
    const options = { force: true, v: true };
    const removed = await ask((limit) => handle.remove({ ...options, ...limit }).then(() => true), [404, 409]);

    return removed ?? (await inspectContainer(handle)) !== undefined;
  } catch (thrown) {
    throw new Error(`the container ${handle.id} cannot be removed: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** Undefined if there is no such container. */
export async function inspectContainer(handle: ContainerHandle) {
  return await ask((options) => handle.inspect(options), [404]);
}

/** Whether it started and has ended, or is gone. */
export function hasEnded(found: Awaited<ReturnType<typeof inspectContainer>>): boolean {
  return found === undefined || /^(exited|dead)$/.test(found.State.Status);
}

/** The commands of its processes; undefined if it is not running. */
export async function listCommands(handle: ContainerHandle): Promise<readonly string[] | undefined> {
  const found = await ask((options) => handle.top(options), [404, 409, 500]);
  if (found === undefined) return undefined;
  const column = (found.Titles ?? []).findIndex((title: string) => /^(CMD|COMMAND|ARGS)$/i.test(title));

  return (found.Processes ?? []).map((fields: readonly string[]) => fields.at(column) ?? "");
}

/** The last lines of its log. */
export async function readContainerLog(handle: ContainerHandle): Promise<string> {
  const log = await ask((options) => handle.logs({ stdout: true, stderr: true, tail: 40, ...options }));

  return removeFrames(log?.toString() ?? "");
}

/** The engine puts eight bytes before each piece of the log: its stream and its length. */
export function removeFrames(log: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the engine sends them
  return log.replace(/[\u0000-\u0002]\u0000\u0000\u0000.{4}/gs, "");
}

/** Marks a container as one of this process. */
export function containerLabels(name: string): Record<string, string> {
  return { [RUN]: name, [OWNER]: formatOwner() };
}

/** A container in the engine's list. */
export interface ListedContainer {
  readonly Names: readonly string[];
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/**
 * The names of containers that are provably ours and orphaned: their name and label are those that a run gives, and the
 * owner in the label is a process of this machine that is gone.
 */
export function findOrphans(list: readonly ListedContainer[]): readonly string[] {
  return list.flatMap(({ Names: names, Labels: labels }) => {
    const name = names[0]?.replace(/^\//, "") ?? "";
    const owner = parseOwner(labels?.[OWNER] ?? "");
    const isOurs = /^plumbline-[0-9a-f]{12}$/.test(name) && labels?.[RUN] === name;

    return isOurs && owner !== undefined && isOwnerGone(owner) ? [name] : [];
  });
}

/**
 * Removes the containers of killed runs; those of active runs stay.
 * @throws HarnessError if there is no engine
 */
export async function cleanContainers(): Promise<CleanupResult> {
  const { container } = await findEngine();
  const filter = { all: true, filters: { label: [RUN] } };
  const list = await ask((options) => container.dockerode.listContainers({ ...filter, ...options }));

  return await removeEach("containers", findOrphans(list ?? []), (name) => removeContainer(container.getById(name)));
}
