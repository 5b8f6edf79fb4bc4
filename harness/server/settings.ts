/**
 * How a server for tests is set: nothing has to survive, so nothing is made durable, and nothing runs in the background
 * that would make a measurement differ from the next. What a migration's locks and statements meet is left as it comes.
 */
import { defaultMajor } from "./embedded/versions.ts";

const forTests: Readonly<Record<string, string>> = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  autovacuum: "off",
  jit: "off",
  max_connections: "100",
  shared_buffers: "128MB",
  max_wal_senders: "0",
  // A run folder may lie in memory.
  max_wal_size: "256MB",
  // In the data folder, so that it goes with it, also where the server was killed.
  dynamic_shared_memory_type: "mmap",
  // The password is random and the socket private: hashing it thousands of times would protect nothing.
  scram_iterations: "1",
  timezone: "UTC",
  log_timezone: "UTC",
  // Statements are refused by the thousand on purpose; the log is for what the server has to say of itself.
  log_min_messages: "log",
  log_checkpoints: "off",
  log_line_prefix: "",
};

/**
 * What a server needs besides to lose nothing that was committed when its processes are killed. Not fsync: the machine
 * goes on, and what a process has written to a file is the system's to keep.
 */
export const crashSafe: Readonly<Record<string, string>> = {
  synchronous_commit: "on",
  full_page_writes: "on",
};

/** Settings for tests that older majors do not know, and the first that does. */
const since: Readonly<Record<string, number>> = { scram_iterations: 16 };

/** The words for the command line of `postgres`: what is asked for wins over the defaults, and `place` over both. */
export function serverArguments(
  asked: Readonly<Record<string, string>>,
  place: Readonly<Record<string, string>>,
  major: number = defaultMajor,
): readonly string[] {
  const known = Object.entries(forTests).filter(([name]) => major >= (since[name] ?? 0));

  return Object.entries({ ...Object.fromEntries(known), ...asked, ...place }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
}

/** What a program of PostgreSQL is told of its surroundings: nothing of the caller's PG… variables, language or zone. */
export function plainEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}
