/**
 * A container of PostgreSQL made by Testcontainers. This file is loaded when one is wanted, for all that comes with it
 * takes its time to load.
 */
import { PostgreSqlContainer } from "@testcontainers/postgresql";
import { superuser } from "../embedded/cluster-cache.ts";
import { labelsOf } from "./clean.ts";

export interface ContainerPlan {
  readonly name: string;
  readonly image: string;
  readonly password: string;
  /** The command line of the server. */
  readonly words: readonly string[];
  readonly initdbOptions: readonly string[];
  /** Where the cluster goes. */
  readonly dataFolder: string;
  /** True where the cluster lies in memory; it is then lost when the container stops. */
  readonly inMemory: boolean;
  /** The address that its port is published on: that of the loopback interface, or all of the engine's. */
  readonly hostIp: string;
  /** False where Ryuk cannot be had, which would remove the container after the process was killed. */
  readonly reaped: boolean;
}

/** What is not to be had by Testcontainers' own words. */
class Postgres extends PostgreSqlContainer {
  #onCreated: () => Promise<void> = async () => undefined;

  /** Called when it is created, and before it is started: what is thrown then is what starting throws. */
  onCreated(check: () => Promise<void>): this {
    this.#onCreated = check;

    return this;
  }

  protected override async containerCreated(): Promise<void> {
    await this.#onCreated();
  }

  publishOn(hostIp: string): this {
    this.hostConfig.PortBindings = { "5432/tcp": [{ HostIp: hostIp, HostPort: "0" }] };

    return this;
  }

  /** Four checks a second, for as long as the container lives, would be a load on what is measured. */
  withoutHealthChecks(): this {
    this.healthCheck = { test: ["CMD", "true"] };
    this.createOpts.Healthcheck = { Test: ["NONE"] };

    return this;
  }
}

type WaitStrategy = Parameters<PostgreSqlContainer["withWaitStrategy"]>[0];

/** That the server takes connections is found by connecting, by whoever wants to connect. */
const noWait: WaitStrategy = {
  waitUntilReady: async () => undefined,
  withStartupTimeout: () => noWait,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => 0,
};

/**
 * Creates the container and starts it; that the server in it takes connections is not waited for.
 * @param onCreated may still keep it from being started
 * @returns the host on which its port is published
 */
export async function createContainer(plan: ContainerPlan, onCreated: () => Promise<void>): Promise<string> {
  const container = new Postgres(plan.image)
    .withName(plan.name)
    .withLabels(labelsOf(plan.name))
    .withUsername(superuser)
    .withPassword(plan.password)
    .withDatabase("postgres")
    .withEnvironment({ PGDATA: plan.dataFolder, POSTGRES_INITDB_ARGS: plan.initdbOptions.join(" ") })
    .withCommand(["postgres", ...plan.words])
    .withAutoCleanup(plan.reaped)
    .withWaitStrategy(noWait)
    .withoutHealthChecks()
    .onCreated(onCreated)
    .publishOn(plan.hostIp);
  if (plan.inMemory) container.withTmpFs({ [plan.dataFolder.replace(/\/[^/]+$/, "")]: "rw,mode=1777" });

  return (await container.start()).getHost();
}
