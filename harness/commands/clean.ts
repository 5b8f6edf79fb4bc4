/** Runs `pg-plumbline clean`: removes what interrupted runs left behind, and nothing of a run that still works. */
import { HarnessError } from "../errors.ts";
import { cleanContainers } from "../server/container/containers.ts";
import { sweepEmbedded } from "../server/embedded/embedded.ts";
import { isPostgresUrl, resolveAddress } from "../server/external/address.ts";
import { cleanExternal } from "../server/external/external.ts";
import { sanitize } from "../text/sanitize.ts";

export interface CleanOptions {
  readonly server: string;
}

/**
 * @returns the exit code: 0, even if nothing was left behind
 * @throws HarnessError if something of ours could not be removed
 */
export async function clean({ server }: CleanOptions): Promise<number> {
  if (server === "external" || isPostgresUrl(server)) return await cleanDatabases(resolveAddress(server));
  if (server === "embedded") return await cleanFolders();
  if (server === "container") return await removeContainers();

  throw new HarnessError(
    "only the embedded, container and external servers leave anything that could be removed",
    "Use --server embedded, container, external or postgres://…",
  );
}

async function cleanDatabases(address: string): Promise<number> {
  const { names, left } = await cleanExternal(address);
  report(names, "databases");
  if (left.length === 0) return 0;

  throw new HarnessError(
    `${left.map(({ name, reason }) => `${name} could not be dropped: ${reason}`).join("; ")}`,
    "Drop them by hand, or fix the cause and run pg-plumbline clean again",
  );
}

async function removeContainers(): Promise<number> {
  const { names, left } = await cleanContainers();
  report(names, "containers");
  if (left.length === 0) return 0;

  throw new HarnessError(
    left.map(({ reason }) => reason).join("; "),
    `Remove them by hand: docker rm -f ${left.map(({ name }) => name).join(" ")}`,
  );
}

async function cleanFolders(): Promise<number> {
  const errors: string[] = [];
  report(await sweepEmbedded((text) => errors.push(text)), "servers");
  if (errors.length === 0) return 0;

  throw new HarnessError(errors.join("; "), "Remove them by hand");
}

function report(removed: readonly string[], what: string): void {
  const lines =
    removed.length === 0 ? [`no ${what} were left behind`] : removed.map((name) => `removed ${name}`);
  process.stdout.write(`${lines.map(sanitize).join("\n")}\n`);
}
