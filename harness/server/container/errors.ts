/**
 * What keeps us from a server in a container, said for a reader (pure): what the engine, the registry or PostgreSQL
 * itself answered, and what can be done about it. The embedded server needs none of them.
 */
import { HarnessError, messageOf } from "../../errors.ts";
import { complaintIn, lastLines } from "../embedded/server-log.ts";

interface Trouble {
  readonly when: RegExp;
  readonly what: string;
  readonly remedy: string;
}

const OR_EMBEDDED = "or ask for --server embedded, which needs no Docker";
const FULL = /no space left on device|disk quota exceeded/i;
const ROOM = `Free some space where Docker keeps its data (docker system prune), ${OR_EMBEDDED}`;

const ENGINE: readonly Trouble[] = [
  {
    when: /ENOENT/,
    what: "there is no Docker Engine here",
    remedy: `Install and start Docker, set DOCKER_HOST if it listens elsewhere, ${OR_EMBEDDED}`,
  },
  {
    when: /EACCES|EPERM/,
    what: "this account may not use Docker",
    remedy: `Add the account to the group docker, ${OR_EMBEDDED}`,
  },
  {
    when: /ENOTFOUND|EAI_/,
    what: "the host of Docker Engine is not known",
    remedy: `Mend DOCKER_HOST, ${OR_EMBEDDED}`,
  },
];

/** @param address where it was looked for; undefined where there is nothing to look at */
export function noEngine(address: string | undefined, thrown: unknown): HarnessError {
  const words = address === undefined ? "ENOENT" : messageOf(thrown);
  const known = ENGINE.find(({ when }) => when.test(words));
  const where = address === undefined ? "no socket of it was found" : `${address}: ${words}`;

  return new HarnessError(
    `${known?.what ?? "Docker Engine does not answer"} (${where})`,
    known?.remedy ?? `Start Docker, or mend DOCKER_HOST, ${OR_EMBEDDED}`,
    thrown,
  );
}

/** Registries also say so of what is not there at all. */
const DENIED: Trouble = {
  when: /denied|unauthorized|authentication required|toomanyrequests|rate limit/i,
  what: "the registry does not hand it out to us",
  remedy: `Run docker login for its registry, check the name after --image, ${OR_EMBEDDED}`,
};

const PULL: readonly Trouble[] = [
  { when: FULL, what: "Docker's disk is full", remedy: ROOM },
  DENIED,
  {
    when: /manifest.*(unknown|not found)|not found|no matching manifest|name unknown|repository does not exist/i,
    what: "there is no such image for this machine",
    remedy: `Mend the name after --image or --postgres, ${OR_EMBEDDED}`,
  },
  {
    when: /no such host|does not answer|dial tcp|lookup|timeout|connection refused|proxyconnect|x509|network is unreachable|EOF/i,
    what: "its registry cannot be reached",
    remedy: `Name with --image an image that is here already, connect to the network, ${OR_EMBEDDED}`,
  },
];

/** True where credentials might change the registry's mind. */
export function wantsCredentials(complaint: string): boolean {
  return PULL.find(({ when }) => when.test(complaint)) === DENIED;
}

/** @param complaint why the engine did not pull it */
export function notPulled(image: string, complaint: string, cause?: unknown): HarnessError {
  const known = PULL.find(({ when }) => when.test(complaint));

  return new HarnessError(
    `the image ${image} cannot be pulled: ${known?.what ?? "Docker refused"} (${oneLine(complaint)})`,
    known?.remedy ?? `Pull it with docker pull to see more, ${OR_EMBEDDED}`,
    cause,
  );
}

const START: readonly Trouble[] = [
  { when: FULL, what: "Docker's disk is full", remedy: ROOM },
  {
    when: /executable file not found|exec format error|no such file or directory/i,
    what: "the image is no PostgreSQL for this machine",
    remedy: `Name an image with --image that is made like the official postgres, ${OR_EMBEDDED}`,
  },
  {
    when: /reaper|ryuk/i,
    what: "Ryuk, which clears away after Testcontainers, cannot be started",
    remedy: `Set TESTCONTAINERS_RYUK_DISABLED=true, ${OR_EMBEDDED}`,
  },
  {
    when: /cannot allocate memory|out of memory/i,
    what: "there is not enough memory",
    remedy: `Free some memory, ${OR_EMBEDDED}`,
  },
];

/** The error for a container that the engine does not make or start. */
export function notStarted(image: string, thrown: unknown): HarnessError {
  if (thrown instanceof HarnessError) return thrown;
  const words = messageOf(thrown);
  if (/pull/i.test(words) || wantsCredentials(words)) return notPulled(image, words, thrown);
  const known = START.find(({ when }) => when.test(words));

  return new HarnessError(
    `no container of ${image} can be started: ${known?.what ?? "Docker refused"} (${oneLine(words)})`,
    known?.remedy ?? `Look into the log of Docker, ${OR_EMBEDDED}`,
    thrown,
  );
}

/** The error for a container that Testcontainers made elsewhere than where we looked: it passes over what it dislikes. */
export function otherEngine(address: string, name: string): HarnessError {
  return new HarnessError(
    `Testcontainers does not work with the Docker Engine at ${address}, and has made the container ${name} on another`,
    `Remove it there with docker rm ${name}, set DOCKER_HOST to that other engine, ${OR_EMBEDDED}`,
  );
}

/** The error for a container that ended, or does not answer, before PostgreSQL in it took a connection. */
export function notReady(image: string, why: string, log: string): HarnessError {
  const { message } = complaintIn(log);
  const full = FULL.test(log);
  const remedy = full
    ? ROOM
    : /\bFATAL:/.test(log) && /parameter|directive|setting/.test(message)
      ? "Mend the settings that were asked for"
      : `Name an image with --image that is made like the official postgres, ${OR_EMBEDDED}`;

  return new HarnessError(`the container of ${image} ${why}: ${message}`, remedy, new Error(lastLines(log)));
}

/** The error for an image that has nothing of PostgreSQL about it. */
export function noPostgres(image: string): HarnessError {
  return new HarnessError(
    `the image ${image} is no PostgreSQL: it neither exposes port 5432 nor sets PGDATA or PG_MAJOR`,
    `Name an image with --image that is made like the official postgres, ${OR_EMBEDDED}`,
  );
}

function oneLine(words: string): string {
  return words.replace(/\s+/g, " ").trim();
}
