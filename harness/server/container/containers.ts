/** Creates, starts, inspects and removes containers of PostgreSQL. */
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import { formatOwner, isOwnerGone, parseOwner } from "../process/owner.ts";
import { initdbOptions, superuser } from "../process/settings.ts";
import { answerOf, type Engine, findEngine } from "./engine.ts";
import { notStarted } from "./errors.ts";

/** A container, by its name. */
export interface Container {
  readonly engine: Engine;
  readonly image: string;
  readonly name: string;
}

export interface ContainerSettings {
  readonly major: number;
  readonly password: string;
  /** The arguments of `postgres`. */
  readonly words: readonly string[];
  /** True if the cluster is in memory, and lost when the container stops. */
  readonly inMemory: boolean;
  /** True if Ryuk is to remove the container after this process was killed. */
  readonly reaped: boolean;
}

/** Containers by name: those that were removed, and those that could not be, with the reason. */
export interface RemovedContainers {
  readonly names: readonly string[];
  readonly left: readonly { readonly name: string; readonly reason: string }[];
}

const RUN = "org.plumbline.run";
const OWNER = "org.plumbline.owner";
const port = "5432/tcp";
/** In the home of the account that every official image runs the server as. */
const homeFolder = "/var/lib/postgresql/plumbline";
const startLimitMs = 120_000;
const killLimitMs = 5_000;

/** The host on which the ports of the engine's containers can be reached. A name may have addresses that they are not published on. */
export function publishedHost({ info }: Engine): string {
  const { host } = info.containerRuntime;

  return host === "localhost" ? "127.0.0.1" : host;
}

/** Creates the container and starts it; PostgreSQL in it is then about to start. @throws HarnessError if the engine cannot */
export async function createContainer(container: Container, settings: ContainerSettings): Promise<void> {
  const { engine, image, name } = container;
  const { words, inMemory, major, password } = settings;
  const host = publishedHost(engine);
  const { getReaper, LABEL_TESTCONTAINERS_SESSION_ID: SESSION } = await import("testcontainers");
  await reportingStart(image, async () => {
    const session = settings.reaped ? { [SESSION]: (await getReaper(engine)).sessionId } : {};
    const created = engine.container.dockerode.createContainer({
      name,
      Image: image,
      Cmd: ["postgres", ...words],
      Env: [
        `POSTGRES_USER=${superuser}`,
        `POSTGRES_PASSWORD=${password}`,
        "POSTGRES_DB=postgres",
        `POSTGRES_INITDB_ARGS=${initdbOptions(major).join(" ")}`,
        `PGDATA=${homeFolder}/data`,
      ],
      Labels: { ...containerLabels(name), ...session },
      ExposedPorts: { [port]: {} },
      // Those of an image would run for as long as the container, and disturb measurements.
      Healthcheck: { Test: ["NONE"] },
      HostConfig: {
        // A loopback address of this machine is out of other machines' reach.
        PortBindings: { [port]: [{ HostIp: host.startsWith("127.") ? host : "", HostPort: "0" }] },
        ...(inMemory ? { Tmpfs: { [homeFolder]: "rw,mode=1777" } } : {}),
      },
    });
    await answerOf(created, [], startLimitMs);
  });
  await startContainerAgain(container);
}

/** Starts the container with the files that it has; its port changes. */
export async function startContainerAgain({ engine, image, name }: Container): Promise<void> {
  await reportingStart(image, () => answerOf(findByName(engine, name).start(), [304], startLimitMs));
}

async function reportingStart(image: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    throw notStarted(image, thrown);
  }
}

/** Kills all processes in it at once. Without effect if it is down. */
export async function killContainer(container: Container): Promise<void> {
  const { engine, image, name } = container;
  await reportingStart(image, () => answerOf(findByName(engine, name).kill({ signal: "KILL" }), [409]));
  const deadline = Date.now() + killLimitMs;
  while ((await inspectContainer(container))?.status !== "exited" && Date.now() < deadline) await delay(100);
}

/** Removes it with all its files, running or not. @returns whether there was one */
export async function removeContainer(engine: Engine, name: string): Promise<boolean> {
  try {
    // 409: it is being removed already.
    await answerOf(findByName(engine, name).remove({ force: true, v: true }), [409]);

    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "statusCode" in thrown && thrown.statusCode === 404) return false;

    throw new Error(`the container ${name} cannot be removed: ${messageOf(thrown)}`, { cause: thrown });
  }
}

export interface ContainerState {
  /** `running`, `exited`, `dead` and others. */
  readonly status: string;
  readonly exitCode: number;
  /** The port on which PostgreSQL is published, once it is. */
  readonly port: number | undefined;
}

/** Undefined if there is no such container. */
export async function inspectContainer({
  engine,
  name,
}: Pick<Container, "engine" | "name">): Promise<ContainerState | undefined> {
  const found = await answerOf(findByName(engine, name).inspect(), [404]);
  if (found === undefined) return undefined;
  const published = found.NetworkSettings.Ports?.[port]?.[0]?.HostPort;

  return {
    status: found.State.Status,
    exitCode: found.State.ExitCode,
    port: published === undefined ? undefined : Number(published),
  };
}

/** The commands of its processes; undefined if it is not running. */
export async function listCommands({ engine, name }: Container): Promise<readonly string[] | undefined> {
  const found = await answerOf(findByName(engine, name).top(), [404, 409, 500]);
  if (found === undefined) return undefined;
  const column = (found.Titles ?? []).findIndex((title: string) => /^(CMD|COMMAND|ARGS)$/i.test(title));

  return (found.Processes ?? []).map((fields: readonly string[]) => fields.at(column) ?? "");
}

/** The last lines of its log. */
export async function readContainerLog({ engine, name }: Container): Promise<string> {
  const log = await answerOf(findByName(engine, name).logs({ stdout: true, stderr: true, tail: 40 }));

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
export async function cleanContainers(): Promise<RemovedContainers> {
  const engine = await findEngine();
  const list = engine.container.dockerode.listContainers({ all: true, filters: { label: [RUN] } });
  const names: string[] = [];
  const left: { name: string; reason: string }[] = [];
  for (const name of findOrphans((await answerOf(list)) ?? [])) {
    try {
      if (await removeContainer(engine, name)) names.push(name);
    } catch (thrown) {
      left.push({ name, reason: messageOf(thrown) });
    }
  }

  return { names, left };
}

function findByName(engine: Engine, name: string) {
  return engine.container.dockerode.getContainer(name);
}
