/**
 * A server in a container of Docker: the image that production runs, private to this run and gone with it. Nothing of it
 * is durable, like the embedded server; one that may be crashed keeps its data in the container's files instead.
 */
import assert from "node:assert";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import type { ClientConfig } from "pg";
import type { CrashableServer, Server } from "../../database/server.ts";
import { HarnessError } from "../../errors.ts";
import { clusterOptions, superuser } from "../embedded/cluster-cache.ts";
import { type Restartable, startRestartable } from "../embedded/restartable.ts";
import { defaultMajor, majors, requireMajor } from "../embedded/versions.ts";
import { crashSafe, serverArguments } from "../settings.ts";
import { removeAtExit } from "./at-exit.ts";
import type { ContainerPlan } from "./create.ts";
import { type Endpoint, sharesLoopback } from "./endpoint.ts";
import { findEngine } from "./engine.ts";
import { notStarted, otherEngine } from "./errors.ts";
import { imageName, officialImage, provideImage, pullIfMissing, ryukImage } from "./image.ts";
import {
  type Address,
  type Container,
  comesUp,
  isThere,
  killContainer,
  type Place,
  removeContainer,
  startAgain,
} from "./lifecycle.ts";

export interface ContainerOptions {
  /** The image; `postgres:<major>-alpine` if left out. */
  readonly image?: string;
  /** The major version of PostgreSQL; the newest if left out. */
  readonly major?: number;
  /** Settings of the server; they win over those for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Told what takes its time. */
  readonly onProgress?: (text: string) => void;
}

/** In the home of the account that every official image runs the server as. */
const dataFolder = "/var/lib/postgresql/plumbline/data";

/**
 * Starts a PostgreSQL in a container that takes connections when this returns. The container is gone after disposal, and
 * however the process ends; after a `kill -9` Ryuk removes it, where it runs.
 * Throws a HarnessError, and leaves no container, where the server cannot be had.
 */
export async function startContainer(options: ContainerOptions = {}): Promise<Server> {
  return await start(options, true);
}

/** The same, but on files that outlive a crash, and set to lose nothing that was committed. */
export async function startCrashableContainer(options: ContainerOptions = {}): Promise<CrashableServer> {
  return await start({ ...options, settings: { ...crashSafe, ...options.settings } }, false);
}

async function start(options: ContainerOptions, inMemory: boolean): Promise<CrashableServer> {
  if (options.major !== undefined) requireMajor(options.major);
  const onProgress = options.onProgress ?? ignore;
  const image = imageName(options.image ?? officialImage(options.major ?? defaultMajor));
  const engine = await findEngine();
  const facts = await provideImage(engine, image, onProgress);
  const container = { engine, image, name: `plumbline-${randomBytes(6).toString("hex")}` };
  // Of an image that does not say what it is, only what every major version knows is asked for.
  const major = facts?.major ?? options.major ?? majors[0];
  const plan = {
    ...container,
    password: randomBytes(24).toString("hex"),
    words: serverArguments(options.settings ?? {}, { listen_addresses: "*" }, major),
    initdbOptions: clusterOptions(major),
    dataFolder,
    inMemory,
    hostIp: sharesLoopback(engine, existsSync("/.dockerenv"), process.env) ? "127.0.0.1" : "",
    reaped: await mayBeReaped(engine, onProgress),
  };

  return await started(container, plan, options.major);
}

function ignore(): void {
  // Whoever does not ask is not told.
}

/** Without Ryuk all goes as well, but for a process that is killed with -9. */
async function mayBeReaped(engine: Endpoint, onProgress: (text: string) => void): Promise<boolean> {
  if (process.env["TESTCONTAINERS_RYUK_DISABLED"] === "true") return true;
  const complaint = await pullIfMissing(engine, process.env["RYUK_CONTAINER_IMAGE"] || ryukImage, ignore);
  if (complaint === undefined) return true;
  onProgress(
    `Ryuk, which removes containers after kill -9, cannot be had (${complaint}); TESTCONTAINERS_RYUK_DISABLED=true saves the attempt`,
  );

  return false;
}

async function started(container: Container, plan: ContainerPlan, asked?: number): Promise<CrashableServer> {
  const forget = removeAtExit(container);
  const remove = async () => {
    await removeContainer(container);
    forget();
  };
  try {
    const { place, life } = await upAndDown(container, plan, asked);
    let gone: Promise<void> | undefined;

    return {
      kind: "container",
      version: place().version,
      connection: (database) => clientConfig(place(), database, plan.password),
      crash: () => life.crash(),
      restart: () => life.restart(),
      [Symbol.asyncDispose]() {
        gone ??= life.stop().then(remove);

        return gone;
      },
    };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

/** The container started, and to be started again; then its port is another. */
async function upAndDown(
  container: Container,
  plan: ContainerPlan,
  asked: number | undefined,
): Promise<{ readonly place: () => Place; readonly life: Restartable }> {
  let place: Place | undefined;
  const life = await startRestartable(async () => {
    const host = place?.host;
    if (host !== undefined) await startAgain(container);
    const bring = host === undefined ? () => created(container, plan) : async () => host;
    place = await comesUp(container, bring, (at) => clientConfig(at, "postgres", plan.password));
    if (asked !== undefined && Number.parseInt(place.version, 10) !== asked) {
      throw otherMajor(plan.image, place.version, asked);
    }

    return { kill: () => killContainer(container), stop: async () => undefined };
  });

  return { place: () => place ?? assert.fail("A container that started has a place"), life };
}

async function created(container: Container, plan: ContainerPlan): Promise<string> {
  // Loaded when it is needed: it is large.
  const { createContainer } = await import("./create.ts");
  try {
    const host = await createContainer(plan, async () => {
      if (!(await isThere(container))) throw otherEngine(container.engine.address, container.name);
    });

    // A name may have an address that nothing is published on.
    return host === "localhost" && plan.hostIp !== "" ? plan.hostIp : host;
  } catch (thrown) {
    throw notStarted(plan.image, thrown);
  }
}

function otherMajor(image: string, version: string, asked: number): HarnessError {
  return new HarnessError(
    `the image ${image} is PostgreSQL ${version}, and ${asked} was asked for`,
    "Leave out --postgres or --matrix, or name another image with --image",
  );
}

/** Says all that pg would otherwise take from the caller's PG… variables: a blank counts as options, and holds none. */
function clientConfig({ host, port }: Address, database: string, password: string): ClientConfig {
  return { host, port, user: superuser, password, database, ssl: false, options: " " };
}
