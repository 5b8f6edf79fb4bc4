/**
 * `pg-plumbline merge`: the parts of a run that was shared out put together and told as one.
 */

import { requirePlaces, writeWhole } from "../files/write-file.ts";
import { getExitCode } from "../report/exit-status.ts";
import { formatHtml } from "../report/html.ts";
import { toJson } from "../report/json.ts";
import { formatJunit } from "../report/junit.ts";
import { mergeRuns } from "../report/merge-runs.ts";
import { readRun } from "../report/read-run.ts";
import { detectStyle } from "../report/style.ts";
import { formatRun } from "../report/terminal.ts";

/** The flags, as the command line has them. */
export interface MergeOptions {
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
  readonly quiet?: boolean;
}

/** @returns the exit code that the whole run would have had: 0 all as expected, 1 a contract broken or a ledger stale, 2 nothing decided */
export async function merge(files: readonly string[], options: MergeOptions): Promise<number> {
  const { json, junit, html, quiet } = options;
  await requirePlaces(options);
  const parts = await Promise.all(files.map(async (file) => ({ file, ...(await readRun(file)) })));
  const run = mergeRuns(parts);
  const scripts = new Map(parts.flatMap((part) => [...part.scripts]));
  const references = { cwd: process.cwd(), scripts };

  if (json !== undefined) {
    await writeWhole(json, `${JSON.stringify(toJson(run, scripts), undefined, 2)}\n`);
  }
  if (junit !== undefined) {
    await writeWhole(junit, formatJunit(run, references));
  }
  if (html !== undefined) {
    await writeWhole(html, formatHtml([{ run, references }]));
  }
  if (quiet !== true) {
    process.stdout.write(formatRun(run, detectStyle(process.stdout, process.env), references));
  }

  return getExitCode(run);
}
