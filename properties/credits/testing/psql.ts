/**
 * Running a script as its reader does: with psql, from a file, on an empty database. What psql says is told apart by the
 * part of the script that it answers.
 */
import assert from "node:assert";
import { execFile } from "node:child_process";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import type { ClientConfig } from "pg";
import { HarnessError } from "../../../harness/errors.ts";

/** What came beside the results: `ERROR`, `NOTICE`; in small letters where psql itself is in trouble. */
export interface Message {
  readonly severity: string;
  /** The first line. */
  readonly text: string;
}

/** What psql said to one part of a script. */
export interface Said {
  readonly results: readonly string[];
  readonly messages: readonly Message[];
}

const run = promisify(execFile);
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Runs the file up to the `\quit` from which on it goes on by hand, if there is one. It holds these parts in this order.
 * @param parts their statements, byte for byte
 * @returns what was said to each of them
 * @throws HarnessError where psql is not there, or does not get to the end of the file
 */
export async function runPsql(
  config: ClientConfig,
  script: { readonly file: string; readonly text: string; readonly parts: readonly string[] },
): Promise<readonly Said[]> {
  const { stdout, stderr } = await psql(
    config,
    ["-X", "-a", "-f", basename(script.file)],
    dirname(script.file),
  );
  const [before = ""] = script.text.split(/^\\quit$/m);
  const lines = before.split("\n");
  const starts = startsOf(script.text, script.parts);
  const results = resultsOf(stdout, lines);
  const messages = messagesOf(stderr);

  return starts.map((start, index) => {
    const end = starts[index + 1] ?? Number.POSITIVE_INFINITY;
    const within = ({ line }: { line: number }): boolean => line >= start && line < end;

    return { results: results.filter(within).map(({ text }) => text), messages: messages.filter(within) };
  });
}

async function psql(config: ClientConfig, words: string[], cwd: string) {
  const env = {
    PATH: process.env["PATH"],
    LC_ALL: "C",
    PGHOST: config.host,
    PGPORT: String(config.port),
    PGUSER: config.user,
    PGPASSWORD: String(config.password),
    PGDATABASE: config.database,
  };

  try {
    return await run("psql", words, { cwd, env, maxBuffer: OUTPUT_MAX_BYTES });
  } catch (error) {
    const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new HarnessError(
      absent ? "psql is not on the PATH" : `psql did not get to the end of ${words.at(-1)}`,
      absent
        ? "Install PostgreSQL's client: apt-get install postgresql-client"
        : "Run the script by hand, and look at what psql says",
      error,
    );
  }
}

/** The line on which each part begins; the first line is 1. */
function startsOf(text: string, parts: readonly string[]): readonly number[] {
  let from = 0;

  return parts.map((part) => {
    const at = text.indexOf(part, from);
    from = at + part.length;

    return text.slice(0, at).split("\n").length;
  });
}

/**
 * psql echoes each line as it reads it (-a), but for empty ones: what comes between the echoes are the results of the
 * line before.
 */
function resultsOf(stdout: string, lines: readonly string[]): readonly { line: number; text: string }[] {
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
function messagesOf(stderr: string): readonly (Message & { line: number })[] {
  const found = stderr.matchAll(/^psql:[^:\n]+:(\d+): (\w+): +(.*)$/gm);

  return [...found].map(([, line, severity = "", text = ""]) => ({ line: Number(line), severity, text }));
}
