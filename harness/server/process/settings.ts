/**
 * Options and settings of the servers that Plumbline starts (pure). Their data need not survive, so nothing is made durable,
 * and nothing runs in the background that would make measurements differ. What affects locks and statements keeps its
 * default.
 */
import type { Server } from "../../database/server.ts";
import { defaultMajor } from "./major-versions.ts";

/** The superuser of every cluster. */
export const superuser = "postgres";

const forTests: Readonly<Record<string, string>> = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  autovacuum: "off",
  jit: "off",
  max_connections: "100",
  shared_buffers: "128MB",
  max_wal_senders: "0",
  // The cluster may be in memory.
  max_wal_size: "256MB",
  // In the data folder, and removed with it, also if the server was killed.
  dynamic_shared_memory_type: "mmap",
  // The password is random: hashing it thousands of times protects nothing.
  scram_iterations: "1",
  timezone: "UTC",
  log_timezone: "UTC",
  // Thousands of statements fail on purpose; the log is for the server's own messages.
  log_min_messages: "log",
  log_checkpoints: "off",
  log_line_prefix: "",
};

/**
 * Settings with which a server loses nothing committed when its processes are killed. fsync is not among them: the
 * operating system keeps what a process wrote to a file.
 */
export const crashSafeSettings: Readonly<Record<string, string>> = { synchronous_commit: "on", full_page_writes: "on" };

/** The first major version that knows a setting, for those that not all do. */
const since: Readonly<Record<string, number>> = { scram_iterations: 16 };

/** The arguments of `postgres`: `settings` override the defaults, and `required` both. */
export function serverArguments(
  settings: Readonly<Record<string, string>>,
  required: Readonly<Record<string, string>>,
  major: number = defaultMajor,
): readonly string[] {
  const known = Object.entries(forTests).filter(([name]) => major >= (since[name] ?? 0));

  return Object.entries({ ...Object.fromEntries(known), ...settings, ...required }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
}

/**
 * The options of `initdb`. Before 17, PostgreSQL has no builtin locale and takes the character classes from the system.
 * @param ctype the system's name of the UTF-8 character classes
 */
export function initdbOptions(major: number, ctype = "C.UTF-8"): readonly string[] {
  return [
    "--no-sync",
    "--no-instructions",
    "--encoding=UTF8",
    "--locale=C",
    ...(major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] : [`--lc-ctype=${ctype}`]),
    "--text-search-config=english",
    ...(major >= 16 ? ["--set=scram_iterations=1"] : []),
  ];
}

/** The environment of PostgreSQL's programs, without the caller's PG* variables, language and time zone. */
export function cleanEnvironment(): Record<string, string> {
  return { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}

/** Databases that are prepared on a server before it is used, which takes long. */
export interface KeptState {
  /** The name of the state, of hexadecimal digits, and then those of states that it can be built on, nearest first. */
  readonly keys: readonly string[];
  /** Builds the state on a server that has nothing, or a state of one of these names. */
  readonly prepare: (server: Server) => Promise<void>;
  /** A state that is built faster is not kept: milliseconds, by default a second. */
  readonly keepFromMs?: number;
}

export interface ServerOptions {
  /** Kept in the cache by an embedded server; a server of any other kind does not prepare it. */
  readonly state?: KeptState;
  /** The major version of PostgreSQL: the one to start, by default 18, or the one that an external server must have. */
  readonly major?: number;
  /** Settings of the server; they override those for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The cache of an embedded server, instead of `PLUMBLINE_CACHE` or the user's cache. */
  readonly cacheFolder?: string;
  /** The image of a container; the default is `postgres:<major>-alpine`. */
  readonly image?: string;
  /** True if the user confirms that an external server that looks like production is none. */
  readonly yes?: boolean;
  /** Called before each long operation. */
  readonly onProgress?: (text: string) => void;
}
