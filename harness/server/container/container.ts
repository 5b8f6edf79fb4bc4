/**
 * Starts a server in a container of Docker, from the image that production runs, private to this run. Its data is in
 * memory, like the embedded server's; that of a server to be crashed is in the container's files.
 */
import assert from "node:assert";
import { randomBytes } from "node:crypto";
import type { CrashableServer, Server } from "../../database/server.ts";
import { HarnessError } from "../../errors.ts";
import { defaultMajor, majors, requireMajor } from "../process/major-versions.ts";
import { onExit, runAtEnd } from "../process/on-exit.ts";
import { startRestartable } from "../process/restartable.ts";
import type { ServerOptions } from "../process/settings.ts";
import { crashSafeSettings, serverArguments } from "../process/settings.ts";
import { superuserConfig } from "../process/superuser.ts";
import { type Container, createContainer, killContainer, removeContainer, startContainerAgain } from "./containers.ts";
import { type Engine, findEngine } from "./engine.ts";
import { normalizeImageName, officialImage, provideImage, pullIfMissing, ryukImage } from "./image.ts";
import type { ContainerSettings } from "./postgres-container.ts";
import { type ReadyServer, untilReady } from "./until-ready.ts";

/**
 * Starts a PostgreSQL in a container that accepts connections when this returns. The container is removed on disposal
 * and however the process ends; after `kill -9` by Ryuk, if it runs.
 * @throws HarnessError if it cannot be started; then no container is left
 */
export async function startContainer(options: ServerOptions = {}): Promise<Server> {
  return await start(options, true);
}

/** Like startContainer, with the data in files that outlive a crash and settings that lose nothing committed. */
export async function startCrashableContainer(options: ServerOptions = {}): Promise<CrashableServer> {
  return await start({ ...options, settings: { ...crashSafeSettings, ...options.settings } }, false);
}

async function start(options: ServerOptions, inMemory: boolean): Promise<CrashableServer> {
  if (options.major !== undefined) requireMajor(options.major);
  const onProgress = options.onProgress ?? (() => undefined);
  const image = normalizeImageName(options.image ?? officialImage(options.major ?? defaultMajor));
  const engine = await findEngine();
  // For an image that does not name its version, only what every version knows is set.
  const major = (await provideImage(engine, image, onProgress)) ?? options.major ?? majors[0];
  const name = `plumbline-${randomBytes(6).toString("hex")}`;
  const container = { engine, image, handle: engine.container.getById(name) };
  const settings: ContainerSettings = {
    major,
    password: randomBytes(24).toString("hex"),
    words: serverArguments(options.settings ?? {}, { listen_addresses: "*" }, major),
    inMemory,
    reaped: await canBeReaped(engine, onProgress),
  };
  const left = `the container ${name} was left; remove it with docker rm -f ${name}`;
  const forget = onExit(() => runAtEnd("harness/server/container/drop", { name }, left));
  const remove = async () => {
    await removeContainer(container.handle);
    forget();
  };
  try {
    return await startServerIn(container, settings, options.major, remove);
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

/** Without Ryuk, only a process ended by `kill -9` leaves its container. */
async function canBeReaped(engine: Engine, onProgress: (text: string) => void): Promise<boolean> {
  if (process.env["TESTCONTAINERS_RYUK_DISABLED"] === "true") return false;
  const complaint = await pullIfMissing(engine, process.env["RYUK_CONTAINER_IMAGE"] || ryukImage, () => undefined);
  if (complaint === undefined) return true;
  onProgress(
    `Ryuk, which removes containers after kill -9, cannot be pulled (${complaint}); TESTCONTAINERS_RYUK_DISABLED=true skips it`,
  );

  return false;
}

async function startServerIn(
  container: Container,
  settings: ContainerSettings,
  requested: number | undefined,
  remove: () => Promise<void>,
): Promise<CrashableServer> {
  let ready: ReadyServer | undefined;
  const process = await startRestartable(async () => {
    if (ready === undefined) await createContainer(container, settings);
    else await startContainerAgain(container);
    ready = await untilReady(container, (address) => superuserConfig(address, "postgres", settings.password));
    requireVersion(ready.version, requested, container.image);

    return { kill: () => killContainer(container), stop: async () => undefined };
  });
  const current = () => ready ?? assert.fail("A server that started has an address");
  let disposal: Promise<void> | undefined;

  return {
    kind: "container",
    version: current().version,
    connection: (database) => superuserConfig(current().address, database, settings.password),
    crash: () => process.crash(),
    restart: () => process.restart(),
    [Symbol.asyncDispose]() {
      disposal ??= process.stop().then(remove);

      return disposal;
    },
  };
}

function requireVersion(version: string, requested: number | undefined, image: string): void {
  if (requested === undefined || Number.parseInt(version, 10) === requested) return;

  throw new HarnessError(
    `the image ${image} is PostgreSQL ${version}, and ${requested} was requested`,
    "Leave out --postgres or --matrix, or name another image with --image",
  );
}
