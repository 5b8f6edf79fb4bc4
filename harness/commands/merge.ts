/**
 * `pg-plumbline merge`: the shards of a run as one.
 */
import { requireWritableReports } from "../files/write-file.ts";
import { getExitCode } from "../report/exit-status.ts";
import { mergeRuns, readRun } from "../report/merge-runs.ts";
import { detectStyle } from "../report/style.ts";
import { formatRun } from "../report/terminal.ts";
import { type ReportFiles, writeReports } from "./write-reports.ts";

/** The flags, as the command line has them. */
export interface MergeOptions extends ReportFiles {
  readonly quiet?: boolean;
}

/** @returns the exit code that the whole run would have had */
export async function merge(files: readonly string[], options: MergeOptions): Promise<number> {
  await requireWritableReports(options);
  const shards = await Promise.all(files.map(async (file) => ({ file, ...(await readRun(file)) })));
  const run = mergeRuns(shards);
  const scripts = new Map(shards.flatMap((shard) => [...shard.scripts]));
  const references = { cwd: process.cwd(), scripts };

  await writeReports(run, references, options);
  if (options.quiet !== true) {
    process.stdout.write(formatRun(run, detectStyle(process.stdout), references));
  }

  return getExitCode(run);
}
