/** Runs `pg-plumbline clean`: removes what interrupted runs left behind, and nothing of a run that still works. */
import { HarnessError } from "../errors.ts";
import { cleanServer } from "../server/start.ts";
import { sanitize } from "../text/sanitize.ts";

export interface CleanOptions {
  readonly server: string;
}

/**
 * @returns the exit code: 0, even if nothing was left behind
 * @throws HarnessError if something of ours could not be removed
 */
export async function clean({ server }: CleanOptions): Promise<number> {
  const { what, removed, left } = await cleanServer(server);
  const lines = removed.length === 0 ? [`no ${what} were left behind`] : removed.map((name) => `removed ${name}`);
  process.stdout.write(`${lines.map(sanitize).join("\n")}\n`);
  if (left.length === 0) return 0;

  throw new HarnessError(
    left.map(({ name, reason }) => `could not remove ${name}: ${reason}`).join("; "),
    `Fix the cause and run pg-plumbline clean again, or remove the ${what} by hand`,
  );
}
