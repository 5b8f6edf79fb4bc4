/**
 * Runs `pg-plumbline preflight`: what a migration asks of the rows before it, as SQL, or asked of a real database.
 */
import { databaseProvider } from "../database/pool.ts";
import { HarnessError } from "../errors.ts";
import { requireWritable, writeAtomically } from "../files/write-file.ts";
import { askChecks, askCosts } from "../preflight/ask.ts";
import { getPreflightCode, type MigrationChecks } from "../preflight/check.ts";
import { findChecks } from "../preflight/find-checks.ts";
import { describeCheck, formatAnswers, formatCosts, toAnswersJson, toCostsJson } from "../preflight/format-answers.ts";
import { formatPreflightScript } from "../preflight/format-script.ts";
import { type OpenAsked, openAsked } from "../preflight/open-asked.ts";
import { startServer } from "../server/start.ts";
import { sanitize, sanitizeLines } from "../text/sanitize.ts";
import { findHistoryState } from "./history-state.ts";
import { toServerOptions } from "./server-options.ts";
import { readReleases, type TargetOptions } from "./verify-targets.ts";

export interface PreflightOptions extends Omit<TargetOptions, "only" | "shard" | "release"> {
  /** The address of the database to ask; without it, the queries are printed. */
  readonly server?: string;
  /** Seconds for each query. */
  readonly timeout: number;
  /** How many values that break a condition are shown. */
  readonly values?: number;
  /** Asks what the queries would cost, instead of them. */
  readonly explain?: boolean;
  readonly json?: string;
  readonly quiet?: boolean;
  /** The server on which the migration is tried. */
  readonly postgres?: number;
  readonly image?: string;
}

/** The largest statement_timeout. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

function toMs(seconds: number): number {
  return Math.min(seconds * 1000, TIMEOUT_MAX_MS);
}

/** @returns the exit code: 0 all conditions hold, 1 one does not, 2 one is not known */
export async function preflight(options: PreflightOptions): Promise<number> {
  const { server, explain = false, json, timeout } = options;
  if (server === undefined && explain) {
    throw new HarnessError("--explain asks a server, and none is named", "Add --server postgres://…");
  }
  await requireWritable(json);
  await using asked = server === undefined ? undefined : await openAsked(server, toMs(timeout));
  const checks = await tryMigrations(options);
  if (asked === undefined) return await printQueries(checks, options);
  if (explain) return await explainQueries(asked, checks, options);
  const answers = await askChecks(asked, checks, options.values);
  await report(formatAnswers(answers, asked.server), toAnswersJson(answers, asked.server), options);

  return getPreflightCode(answers);
}

/** The rows that are generated are the same in each run. */
const SEED = 1;

async function tryMigrations(options: PreflightOptions): Promise<readonly MigrationChecks[]> {
  const log = (line: string): void => {
    if (options.quiet !== true) process.stderr.write(`${sanitize(line)}\n`);
  };
  const releases = await readReleases(options, log);
  const state = findHistoryState(releases);
  const kind = options.image === undefined ? "embedded" : "container";
  const serverOptions = { ...toServerOptions(options, log), ...(state !== undefined && { state }) };
  await using server = await startServer(kind, serverOptions);
  await using databases = databaseProvider(server);

  return await findChecks(releases, databases, SEED);
}

async function printQueries(migrations: readonly MigrationChecks[], options: PreflightOptions): Promise<number> {
  const { timeout, values = 0 } = options;
  const script = formatPreflightScript(migrations, { timeoutMs: toMs(timeout), values });
  const described = migrations.map(({ migration, checks, unasked }) => ({
    migration,
    conditions: checks.map((check) => describeCheck({ check })),
    unasked,
  }));
  await report(script, { migrations: described }, options);

  return 0;
}

async function explainQueries(
  asked: OpenAsked,
  checks: readonly MigrationChecks[],
  options: PreflightOptions,
): Promise<number> {
  const costs = await askCosts(asked, checks);
  await report(formatCosts(costs, asked.server), toCostsJson(costs, asked.server), options);

  return costs.some((migration) => migration.costs.some(({ refused }) => refused !== undefined)) ? 2 : 0;
}

async function report(text: string, json: unknown, options: PreflightOptions): Promise<void> {
  if (options.json !== undefined) await writeAtomically(options.json, `${JSON.stringify(json, null, 2)}\n`);
  // Of the queries, psql or a file gets every character.
  const isRaw = options.server === undefined && !process.stdout.isTTY;
  if (options.quiet !== true) process.stdout.write(isRaw ? text : sanitizeLines(text).join("\n"));
}
