/**
 * `pg-plumbline merge`: the parts of a run that was shared out put together and told as one.
 */

import { requirePlaces, writeWhole } from "../files/write-file.ts";
import { exitCodeOf } from "../report/exit-status.ts";
import { htmlOf } from "../report/html.ts";
import { jsonOf } from "../report/json.ts";
import { junitOf } from "../report/junit.ts";
import { mergeRuns } from "../report/merge-runs.ts";
import { readRun } from "../report/read-run.ts";
import { styleFor } from "../report/style.ts";
import { tellRun } from "../report/terminal.ts";

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
    await writeWhole(json, `${JSON.stringify(jsonOf(run, scripts), undefined, 2)}\n`);
  }
  if (junit !== undefined) {
    await writeWhole(junit, junitOf(run, references));
  }
  if (html !== undefined) {
    await writeWhole(html, htmlOf([{ run, references }]));
  }
  if (quiet !== true) {
    process.stdout.write(tellRun(run, styleFor(process.stdout, process.env), references));
  }

  return exitCodeOf(run);
}
