/**
 * Words the errors that prevent a server in a container (pure): the answer of the engine, the registry or PostgreSQL, and
 * what to do about it. The embedded server needs none of them.
 */
import { HarnessError, messageOf } from "../../errors.ts";
import { diagnoseLog, explainError, type KnownError, lastLines } from "../process/server-log.ts";

const OR_EMBEDDED = "or use --server embedded, which needs no Docker";
const FULL: KnownError = [
  /no space left on device|disk quota exceeded/i,
  "Docker's disk is full",
  `Free some space where Docker keeps its data (docker system prune), ${OR_EMBEDDED}`,
];

const ENGINE: readonly KnownError[] = [
  [
    /ENOENT/,
    "there is no Docker Engine here",
    `Install and start Docker, set DOCKER_HOST if it listens elsewhere, ${OR_EMBEDDED}`,
  ],
  [/EACCES|EPERM/, "this account may not use Docker", `Add the account to the group docker, ${OR_EMBEDDED}`],
  [/ENOTFOUND|EAI_/, "the host of Docker Engine is not known", `Fix DOCKER_HOST, ${OR_EMBEDDED}`],
];

/** @param host DOCKER_HOST, if it is set */
export function noEngine(host: string | undefined, thrown: unknown): HarnessError {
  const message = messageOf(thrown);
  const [what, remedy] = explainError(
    ENGINE,
    message,
    "Docker Engine does not answer",
    `Start Docker, or fix DOCKER_HOST, ${OR_EMBEDDED}`,
  );

  return new HarnessError(`${what} (${host === undefined ? "" : `${host}: `}${message})`, remedy, thrown);
}

/** Registries also answer so for what does not exist. */
const DENIED: KnownError = [
  /denied|unauthorized|authentication required|toomanyrequests|rate limit/i,
  "the registry denied access",
  `Run docker login for its registry, check the name after --image, ${OR_EMBEDDED}`,
];

const PULL: readonly KnownError[] = [
  FULL,
  DENIED,
  [
    /manifest.*(unknown|not found)|not found|no matching manifest|name unknown|repository does not exist/i,
    "there is no such image for this machine",
    `Fix the name after --image or --postgres, ${OR_EMBEDDED}`,
  ],
  [
    /no such host|does not answer|dial tcp|lookup|timeout|connection refused|proxyconnect|x509|network is unreachable|EOF/i,
    "its registry cannot be reached",
    `Name with --image an image that is here already, connect to the network, ${OR_EMBEDDED}`,
  ],
];

/** True if credentials might help. */
export function wantsCredentials(complaint: string): boolean {
  return PULL.find(([pattern]) => pattern.test(complaint)) === DENIED;
}

export function notPulled(image: string, complaint: string): HarnessError {
  const otherwise = `Pull it with docker pull to see more, ${OR_EMBEDDED}`;
  const [what, remedy] = explainError(PULL, complaint, "Docker reports an error", otherwise);

  return new HarnessError(`the image ${image} cannot be pulled: ${what} (${oneLine(complaint)})`, remedy);
}

const START: readonly KnownError[] = [
  FULL,
  [
    /executable file not found|exec format error|no such file or directory/i,
    "the image is no PostgreSQL for this machine",
    `Name an image with --image that is built like the official postgres, ${OR_EMBEDDED}`,
  ],
  [
    /reaper|ryuk/i,
    "Ryuk, which removes what Testcontainers leaves, cannot be started",
    `Set TESTCONTAINERS_RYUK_DISABLED=true, ${OR_EMBEDDED}`,
  ],
  [/cannot allocate memory|out of memory/i, "there is not enough memory", `Free some memory, ${OR_EMBEDDED}`],
];

/** The error for a container that the engine does not create or start. */
export function notStarted(image: string, thrown: unknown): HarnessError {
  const message = messageOf(thrown);
  const otherwise = `Check the log of Docker, ${OR_EMBEDDED}`;
  const [what, remedy] = explainError(START, message, "Docker reports an error", otherwise);

  return new HarnessError(`no container of ${image} can be started: ${what} (${oneLine(message)})`, remedy, thrown);
}

/** The error for a container in which PostgreSQL does not accept connections. */
export function notReady(image: string, what: string, log: string): HarnessError {
  const { message } = diagnoseLog(log);
  const remedy = FULL[0].test(log)
    ? FULL[2]
    : /\bFATAL:/.test(log) && /parameter|directive|setting/.test(message)
      ? "Fix the server settings"
      : `Name an image with --image that is built like the official postgres, ${OR_EMBEDDED}`;

  return new HarnessError(`the container of ${image} ${what}: ${message}`, remedy, new Error(lastLines(log)));
}

/** The error for an image without any sign of PostgreSQL. */
export function noPostgres(image: string): HarnessError {
  return new HarnessError(
    `the image ${image} is no PostgreSQL: it neither exposes port 5432 nor sets PGDATA or PG_MAJOR`,
    `Name an image with --image that is built like the official postgres, ${OR_EMBEDDED}`,
  );
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
