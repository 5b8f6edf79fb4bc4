/** Describes Testcontainers' container of PostgreSQL. Loading it takes time: it is imported when a container is created. */
import { PostgreSqlContainer } from "@testcontainers/postgresql";
import { initdbOptions, superuser } from "../process/settings.ts";

const port = "5432/tcp";
/** In the home of the account that every official image runs the server as. */
const homeFolder = "/var/lib/postgresql/plumbline";

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

type WaitStrategy = Parameters<PostgreSqlContainer["withWaitStrategy"]>[0];

/** The caller waits by connecting. */
const noWait: WaitStrategy = {
  waitUntilReady: async () => undefined,
  withStartupTimeout: () => noWait,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => 0,
};

class QuietContainer extends PostgreSqlContainer {
  /** A loopback address of this machine is out of other machines' reach. */
  publishOn(host: string): this {
    this.hostConfig.PortBindings = { [port]: [{ HostIp: host.startsWith("127.") ? host : "", HostPort: "0" }] };

    return this;
  }

  /** Health checks would run for as long as the container, and disturb measurements. */
  withoutHealthChecks(): this {
    this.healthCheck = { test: ["CMD", "true"] };
    this.createOpts.Healthcheck = { Test: ["NONE"] };

    return this;
  }
}

/** Creates the container and starts it; PostgreSQL in it is then about to start. */
export async function startPostgresContainer(
  image: string,
  { name, labels, host }: { readonly name: string; readonly labels: Record<string, string>; readonly host: string },
  { major, password, words, inMemory, reaped }: ContainerSettings,
): Promise<void> {
  const container = new QuietContainer(image)
    .withName(name)
    .withLabels(labels)
    .withUsername(superuser)
    .withPassword(password)
    .withDatabase("postgres")
    .withEnvironment({ PGDATA: `${homeFolder}/data`, POSTGRES_INITDB_ARGS: initdbOptions(major).join(" ") })
    .withCommand(["postgres", ...words])
    .withAutoCleanup(reaped)
    .withWaitStrategy(noWait)
    .withoutHealthChecks()
    .publishOn(host);
  if (inMemory) container.withTmpFs({ [homeFolder]: "rw,mode=1777" });
  await container.start();
}
