/**
 * Whoever asks for a container that cannot be had is told so, in time. The engine here is made up: it says what a real
 * one says, and no Docker is needed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { HarnessError } from "../../errors.ts";
import { startContainer } from "./container.ts";
import { notReady, notStarted, wantsCredentials } from "./errors.ts";
import { complaintOf, factsIn, imageName, ryukImage } from "./image.ts";
import { unframed } from "./lifecycle.ts";

const folder = mkdtempSync(join(tmpdir(), "plumbline-engine-"));
const closing: (() => void)[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) close();
});
afterAll(() => rmSync(folder, { recursive: true }));

type Reply = readonly [status: number, body: string];

/** An engine that answers what begins so, and goes on hanging where it has no answer. */
async function engineThat(answers: Readonly<Record<string, Reply>>): Promise<void> {
  const path = join(folder, `${closing.length}-${Math.random().toString(36).slice(2)}.sock`);
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const asked = `${request.method} ${request.url}`;
    const [, reply] = Object.entries(answers).find(([begin]) => asked.startsWith(begin)) ?? [];
    if (reply !== undefined) response.writeHead(reply[0]).end(reply[1]);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  vi.stubEnv("DOCKER_HOST", `unix://${path}`);
}

const alive = { "GET /_ping": [200, "OK"] } as const;
const missing = { ...alive, "GET /images/": [404, '{"message":"No such image"}'] } as const;
const pulled = (status: number, body: object): Readonly<Record<string, Reply>> => ({
  ...missing,
  "POST /images/create": [status, JSON.stringify(body)],
});

async function troubleOf(work: Promise<unknown>): Promise<HarnessError> {
  const outcome = await work.catch((thrown: unknown) => thrown);
  if (outcome instanceof HarnessError) return outcome;
  throw new Error("expected a HarnessError", { cause: outcome });
}

test.each([
  ["no engine at all", undefined, /^there is no Docker Engine here/],
  ["an engine that hangs", {}, /^Docker Engine does not answer .*did not answer within \d+ ms/],
  ["an engine that is ill", { "GET /_ping": [500, ""] }, /^Docker Engine does not answer .*status 500/],
  [
    "a registry that is out of reach",
    pulled(500, { message: "Get https://registry/v2/: dial tcp: lookup registry: no such host" }),
    /^the image postgres:18-alpine cannot be pulled: its registry cannot be reached/,
  ],
  [
    "a registry that does not answer",
    missing,
    /cannot be pulled: its registry cannot be reached \(the registry does not answer\)/,
  ],
  [
    "a tag that is unknown",
    pulled(404, { message: "manifest for postgres:18-alpine not found: manifest unknown" }),
    /cannot be pulled: there is no such image/,
  ],
  [
    "a disk that is full",
    pulled(200, { errorDetail: {}, error: "write /layer.tar: no space left on device" }),
    /cannot be pulled: Docker's disk is full/,
  ],
  [
    "an image that is no PostgreSQL",
    { ...alive, "GET /images/": [200, '{"Config":{"Env":["PATH=/bin"],"ExposedPorts":{"6379/tcp":{}}}}'] },
    /^the image postgres:18-alpine is no PostgreSQL/,
  ],
] as const)("%s is told, and the embedded server named", async (_, answers, message) => {
  if (answers === undefined) vi.stubEnv("DOCKER_HOST", `unix://${join(folder, "none.sock")}`);
  else await engineThat(answers);
  const trouble = await troubleOf(startContainer());

  expect(trouble.message).toMatch(message);
  expect(trouble.remedy).toContain("--server embedded");
});

test("what may be no name of an image is asked of nobody", async () => {
  await engineThat({});

  expect((await troubleOf(startContainer({ image: "../containers?x=" }))).message).toMatch(
    /no name of an image/,
  );
  expect(imageName("postgres")).toBe("postgres:latest");
  expect(imageName("far:5000/postgres")).toBe("far:5000/postgres:latest");
  expect(imageName("far:5000/postgres:18")).toBe("far:5000/postgres:18");
});

test("a major version that is not verified on is refused before any engine is asked", async () => {
  expect((await troubleOf(startContainer({ major: 9 }))).message).toBe("Plumbline does not run PostgreSQL 9");
});

test("an image says which PostgreSQL it is, or at least that it is one", () => {
  const of = (config: object) => factsIn("x", JSON.stringify({ Config: config }));

  expect(of({ Env: ["PATH=/bin", "PG_MAJOR=16"] })).toEqual({ major: 16 });
  expect(of({ Env: null, ExposedPorts: { "5432/tcp": {} } })).toEqual({ major: undefined });
  expect(of({ Env: ["PGDATA=/data"], ExposedPorts: null })).toEqual({ major: undefined });
});

test("credentials are tried only where they could help", () => {
  expect(wantsCredentials("pull access denied for x, repository does not exist or may require login")).toBe(
    true,
  );
  expect(wantsCredentials("toomanyrequests: You have reached your pull rate limit")).toBe(true);
  expect(wantsCredentials("manifest unknown")).toBe(false);
  expect(wantsCredentials("dial tcp: no such host")).toBe(false);
  expect(complaintOf({ status: 200, body: '{"status":"Downloaded"}' })).toBeUndefined();
  expect(complaintOf({ status: 502, body: "<html>" })).toBe("HTTP status 502");
});

test("a container that ends says why in PostgreSQL's own words", () => {
  const said = (log: string) => notReady("postgres:18", "ended with code 1", log);

  expect(said("FATAL:  could not write to file: No space left on device").remedy).toMatch(/^Free some space/);
  const wrong = said('LOG: x\nFATAL:  unrecognized configuration parameter "wrok_mem"');
  expect(wrong.message).toMatch(/ended with code 1: unrecognized configuration parameter "wrok_mem"$/);
  expect(wrong.remedy).toBe("Mend the settings that were asked for");
  expect(notStarted("x", new Error("mkdir /var/lib/docker/x: no space left on device")).remedy).toMatch(
    /^Free/,
  );
});

test("a log is read without the marks that the engine puts between its pieces", () => {
  expect(
    unframed(
      "\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0006first\n\u0002\u0000\u0000\u0000\u0000\u0000\u0000\u0007second\n",
    ),
  ).toBe("first\nsecond\n");
});

test("the image of Ryuk that is pulled is the one that Testcontainers starts", () => {
  const { REAPER_IMAGE: image }: { REAPER_IMAGE: string } = createRequire(import.meta.url)(
    "testcontainers/build/reaper/reaper.js",
  );

  expect(ryukImage).toBe(image);
});
