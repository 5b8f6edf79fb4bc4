/** Records what a migration tool does to a database: runs its command with the address of a proxy. */
import { type ClientConfig, escapeLiteral } from "pg";
import { abbreviateStatement, Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { suggestRemedy } from "../release/missing-state.ts";
import { requireAddressTaken } from "./address-taken.ts";
import { decodeStatements } from "./decode-values.ts";
import { startProxy, type ToolProxy } from "./proxy.ts";
import type { ToolRecord } from "./record.ts";
import { addressVariables, type DatabaseAddress } from "./tool-environment.ts";
import {
  formatOutputEnd,
  requireFolder,
  runTool,
  TOOL_LIMIT_MS,
  type ToolCommandLine,
  type ToolExit,
} from "./tool-process.ts";

/** How long the server may take to end the sessions of a tool that has ended. */
const END_LIMIT_MS = 1_000;
const ITERATIONS = 4_096;

/**
 * Runs the command and returns what it sent to the database, also where it failed (`requireSuccess`). When this returns or
 * throws, neither the command runs nor what it sent.
 * @param connection to the database, on a private server, as a role that owns it
 * @throws HarnessError if the command cannot be run, does not end in time, did not use the address, or sent something that
 * cannot be recorded
 */
export async function recordTool(line: ToolCommandLine, connection: ClientConfig): Promise<ToolRecord> {
  const target = readTarget(connection);
  await requireFolder(line.folder);
  await requireAddressTaken(line);
  await strengthenPassword(connection);
  const proxy = await startProxy(target);
  try {
    const exit = await runTool(line, { ...target, host: "127.0.0.1", port: proxy.port });
    if (exit.timedOut) throw hangError(line, exit, proxy.running);
    await awaitServer(line, proxy, exit);
    if (proxy.problem !== undefined) throw proxy.problem;
    requireConnected(line, exit, proxy, target.database);
    const accepted = proxy.sessions.filter(({ recorder }) => recorder.isOpen);
    const { rejection } = proxy.sessions.find(({ recorder }) => recorder.rejection !== undefined)?.recorder ?? {};

    return {
      database: target.database,
      sessions: accepted.map(({ recorder: _, ...session }) => session),
      statements: await decodeStatements(proxy.log.statements, connection),
      ...(rejection !== undefined && { rejection }),
      exitCode: exit.exitCode,
      output: exit.output,
      durationMs: exit.durationMs,
    };
  } finally {
    await proxy.close();
  }
}

/** @throws HarnessError if the command failed, with the SQL error that was its last, and the end of its output */
export function requireSuccess({ command }: ToolCommandLine, record: ToolRecord): void {
  const { exitCode, output, statements, rejection } = record;
  if (exitCode === 0) return;
  const last = statements.findLast(({ error }) => error !== undefined);
  const error = last?.error;
  const sql =
    error === undefined
      ? rejection && `, after the server rejected a session (${rejection})`
      : `, after the server rejected ${abbreviateStatement(last?.sql ?? "")} (${error.code}: ${error.message})`;
  // The syntax is that of the tool's author: no other version is suggested.
  const isSyntax = error?.code === "42601";

  throw new HarnessError(
    `The command ${command} failed with exit code ${exitCode}${sql ?? ""}${formatOutputEnd(output)}`,
    (error && !isSyntax ? suggestRemedy(error) : undefined) ??
      "Run it yourself on an empty database, and fix what it reports",
  );
}

function readTarget({ host, port, user, password, database, ssl }: ClientConfig): DatabaseAddress {
  if (ssl !== undefined && ssl !== false) {
    throw new HarnessError(
      "What a tool sends to a server with TLS is not recorded",
      "Leave --server out, so that the tool works on a private server",
    );
  }
  if (host === undefined || user === undefined || database === undefined || typeof password === "function") {
    throw new Error("a connection names its host, user, password and database");
  }

  return { host, port: port ?? 5432, user, password: password ?? "", database };
}

/**
 * Hashes the role's password again where the server hashes passwords fewer times than clients must accept (RFC 7677, 4
 * SCRAM-SHA-256 and SCRAM-SHA-256-PLUS), which JDBC, for one, rejects.
 */
async function strengthenPassword(connection: ClientConfig): Promise<void> {
  await using session = await Session.open(connection);
  const [row] = await session.query("SELECT current_setting('scram_iterations', true)::int < $1 AS weak", [ITERATIONS]);
  if (row?.["weak"] !== "t" || typeof connection.password !== "string") return;
  await session.query(
    `SET scram_iterations = ${ITERATIONS}; ALTER ROLE CURRENT_USER PASSWORD ${escapeLiteral(connection.password)}`,
  );
}

/** A tool that ends without waiting for an answer has done its work all the same. */
async function awaitServer(line: ToolCommandLine, proxy: ToolProxy, exit: ToolExit): Promise<void> {
  if (await proxy.untilClosed(END_LIMIT_MS)) return;
  const limitMs = (line.timeoutMs ?? TOOL_LIMIT_MS) - exit.durationMs;
  if (proxy.running.length === 0 || (await proxy.untilClosed(limitMs))) return;
  throw hangError(line, exit, proxy.running);
}

function hangError(
  { command, timeoutMs = TOOL_LIMIT_MS }: ToolCommandLine,
  { output }: ToolExit,
  [sql]: readonly string[],
): HarnessError {
  const waiting =
    sql === undefined ? "no statement was running" : `the server was executing ${abbreviateStatement(sql)}`;

  return new HarnessError(
    `The command ${command} did not end within ${timeoutMs / 1000} s, when ${waiting}${formatOutputEnd(output)}`,
    "Write a command that ends by itself and asks nothing, since it has no input, or set a longer timeout",
  );
}

/** @throws HarnessError if the tool opened no session on the database that it was given */
function requireConnected(line: ToolCommandLine, exit: ToolExit, { sessions }: ToolProxy, database: string): void {
  const accepted = sessions.filter(({ recorder }) => recorder.isOpen);
  if (accepted.some((session) => session.database === database)) return;
  const [other] = accepted;
  const rejection = sessions.find(({ recorder }) => recorder.rejection !== undefined);
  const end = formatOutputEnd(exit.output);
  const given = ["{url}", ...addressVariables, ...Object.keys(line.env ?? {})];
  if (rejection !== undefined && other === undefined) {
    throw new HarnessError(
      `The command ${line.command} took only a part of the address that it was given, and the server rejected it: ${rejection.recorder.rejection}${end}`,
      "Let the tool take user, password and database from the variables, too",
    );
  }
  const variables = [...new Set(given)].join(", ");
  if (other === undefined && exit.exitCode !== 0) {
    throw new HarnessError(
      `The command ${line.command} failed with exit code ${exit.exitCode} before it used the address that it was given${end}`,
      `Run it yourself, and fix what it reports; if it looks for another server, let it take its address from one of ${variables}`,
    );
  }
  const where =
    other === undefined
      ? "never used the address that it was given"
      : `worked on the database ${other.database} instead of the one that it was given`;
  const code = exit.exitCode === 0 ? "" : ` and failed with exit code ${exit.exitCode}`;
  throw new HarnessError(
    `The command ${line.command} ${where}${code}; what it did elsewhere cannot be seen${end}`,
    `Let the tool take its address from one of ${variables}, or give it others by env, such as { DB_HOST: "{host}", DB_PORT: "{port}" }`,
  );
}
