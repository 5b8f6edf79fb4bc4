/**
 * Runs a script as its reader does: with psql, from a file, on an empty database. The output is divided by the part of
 * the script that it belongs to.
 */
import assert from "node:assert";
import { execFile, spawnSync } from "node:child_process";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import type { ClientConfig } from "pg";

export interface PsqlMessage {
  /** `ERROR`, `NOTICE`; in lower case for an error of psql itself. */
  readonly severity: string;
  /** The first line. */
  readonly text: string;
}

/** What psql printed for one part of a script. */
export interface PsqlOutput {
  readonly results: readonly string[];
  readonly messages: readonly PsqlMessage[];
}

export const hasPsql = spawnSync("psql", ["--version"]).error === undefined;

/**
 * Runs the file up to its first `\quit`.
 * @param script the parts' statements occur in the text, byte for byte and in this order
 * @returns the output of each part
 */
export async function runPsql(
  { host, port, user, password, database }: ClientConfig,
  script: { readonly file: string; readonly text: string; readonly parts: readonly string[] },
): Promise<readonly PsqlOutput[]> {
  const { stdout, stderr } = await promisify(execFile)("psql", ["-X", "-a", "-f", basename(script.file)], {
    cwd: dirname(script.file),
    env: {
      PATH: process.env["PATH"],
      LC_ALL: "C",
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: String(password),
      PGDATABASE: database,
    },
    maxBuffer: 64 * 1024 * 1024,
  });
  const [before = ""] = script.text.split(/^\\quit$/m);
  const starts = findStarts(script.text, script.parts);
  const results = parseResults(stdout, before.split("\n"));
  const messages = parseMessages(stderr);

  return starts.map((start, index) => {
    const end = starts[index + 1] ?? Number.POSITIVE_INFINITY;
    const isInPart = ({ line }: { line: number }): boolean => line >= start && line < end;

    return {
      results: results.filter(isInPart).map(({ text }) => text),
      messages: messages.filter(isInPart),
    };
  });
}

/** The line on which each part begins; the first line is 1. */
function findStarts(text: string, parts: readonly string[]): readonly number[] {
  let from = 0;

  return parts.map((part) => {
    const at = text.indexOf(part, from);
    from = at + part.length;

    return text.slice(0, at).split("\n").length;
  });
}

/** psql echoes each line that it reads (-a) but empty ones; the results of a statement follow the echo of its last line. */
function parseResults(stdout: string, lines: readonly string[]): readonly { line: number; text: string }[] {
  const results: { line: number; text: string }[] = [];
  let line = 0;

  for (const text of stdout.split("\n").filter((each) => each !== "")) {
    const next = lines.findIndex((each, index) => index >= line && each !== "");
    if (text === lines[next]) {
      line = next + 1;
    } else {
      results.push({ line, text });
    }
  }
  assert(!lines.slice(line).some((each) => each !== ""), "psql echoes every line of a script");

  return results;
}

/** `psql:file.sql:12: ERROR:  message`, with the line on which the statement ends. */
function parseMessages(stderr: string): readonly (PsqlMessage & { line: number })[] {
  const found = stderr.matchAll(/^psql:[^:\n]+:(\d+): (\w+): +(.*)$/gm);

  return [...found].map(([, line, severity = "", text = ""]) => ({ line: Number(line), severity, text }));
}
