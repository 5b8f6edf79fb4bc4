/**
 * `pg-plumbline clean`: what interrupted runs left behind goes, and nothing else. A run that is at work is left alone.
 */
import { HarnessError } from "../errors.ts";
import { cleanContainers } from "../server/container/containers.ts";
import { sweepEmbedded } from "../server/embedded/embedded.ts";
import { isPostgresUrl } from "../server/external/address.ts";
import { cleanExternal } from "../server/external/external.ts";
import { resolveAddress } from "../server/start.ts";
import { sanitize } from "../text/sanitize.ts";

export interface CleanOptions {
  readonly server: string;
}

/**
 * @returns the exit code: 0, also where there was nothing to clear away
 * @throws HarnessError where something of ours had to be left
 */
export async function clean({ server }: CleanOptions): Promise<number> {
  if (server === "external" || isPostgresUrl(server)) return await cleanDatabases(resolveAddress(server));
  if (server === "embedded") return await cleanFolders();
  if (server === "container") return await removeContainers();

  throw new HarnessError(
    "only the embedded, container and external servers leave anything that could be cleared away",
    "Ask for --server embedded, container, external or postgres://…",
  );
}

async function cleanDatabases(address: string): Promise<number> {
  const { names, left } = await cleanExternal(address);
  tell(names, "databases");
  if (left.length === 0) return 0;

  throw new HarnessError(
    `${left.map(({ name, reason }) => `${name} could not be dropped: ${reason}`).join("; ")}`,
    "Drop them by hand, or mend what stands in the way and run pg-plumbline clean again",
  );
}

async function removeContainers(): Promise<number> {
  const { names, left } = await cleanContainers();
  tell(names, "containers");
  if (left.length === 0) return 0;

  throw new HarnessError(
    left.map(({ reason }) => reason).join("; "),
    `Remove them by hand: docker rm -f ${left.map(({ name }) => name).join(" ")}`,
  );
}

async function cleanFolders(): Promise<number> {
  const trouble: string[] = [];
  tell(await sweepEmbedded((text) => trouble.push(text)), "servers");
  if (trouble.length === 0) return 0;

  throw new HarnessError(trouble.join("; "), "Remove them by hand");
}

function tell(gone: readonly string[], what: string): void {
  const lines = gone.length === 0 ? [`no ${what} were left behind`] : gone.map((name) => `removed ${name}`);
  process.stdout.write(`${lines.map(sanitize).join("\n")}\n`);
}
