/** Checks the errors of engines and registries, with fake engines that answer like real ones. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { HarnessError } from "../../errors.ts";
import { createTemporaryFolder } from "../../testing/temporary-directory.ts";
import { startContainer } from "./container.ts";
import { type Engine, findEngine } from "./engine.ts";
import { notReady, notStarted, wantsCredentials } from "./errors.ts";
import { normalizeImageName, provideImage, readMajor, ryukImage } from "./image.ts";

const folder = createTemporaryFolder();
const closing: (() => void)[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) close();
});

type Reply = readonly [status: number, body: string];

/** Starts an engine that answers requests by their beginning, and never those that are not listed. @returns its socket */
async function startEngine(answers: Readonly<Record<string, Reply>>): Promise<string> {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.sock`);
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const line = `${request.method} ${request.url}`;
    const [, reply] = Object.entries(answers).find(([begin]) => line.startsWith(begin)) ?? [];
    const json = { "Content-Type": "application/json" };
    if (reply !== undefined) response.writeHead(reply[0], json).end(`${reply[1]}\n`);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });

  return path;
}

/** Testcontainers' client of a fake engine. */
async function clientOf(answers: Readonly<Record<string, Reply>>): Promise<Engine> {
  const requireFrom = createRequire(createRequire(import.meta.url).resolve("testcontainers"));
  const Dockerode = requireFrom("dockerode") as new (options: { socketPath: string }) => unknown;
  const dockerode = new Dockerode({ socketPath: await startEngine(answers) });

  return { container: { dockerode } } as unknown as Engine;
}

async function harnessError(work: Promise<unknown>): Promise<HarnessError> {
  const thrown = await work.catch((reason: unknown) => reason);
  if (thrown instanceof HarnessError) return thrown;
  throw new Error("expected a HarnessError", { cause: thrown });
}

test.each([
  ["an engine that hangs", {}, /^Docker Engine does not answer .*did not answer within \d+ ms/],
  ["no socket", undefined, /^there is no Docker Engine here .*ENOENT/],
  ["a broken engine", { "GET /": [500, "{}"] }, /^Docker Engine does not answer .*HTTP status 500/],
  [
    "an engine that only answers",
    { "GET /_ping": [200, "OK"], "GET /": [500, "{}"] },
    /^Docker Engine does not answer .*(cannot work with|strategy)/,
  ],
] as const)("%s at DOCKER_HOST is reported, and no other engine is used", async (_, answers, message) => {
  const path = answers === undefined ? join(folder, "none.sock") : await startEngine(answers);
  vi.stubEnv("DOCKER_HOST", `unix://${path}`);
  const error = await harnessError(findEngine());

  expect(error.message).toMatch(message);
  expect(error.message).toContain(path);
  expect(error.remedy).toContain("--server embedded");
});

const missing = { "GET /images/": [404, '{"message":"No such image"}'] } as const;
const pulled = (status: number, body: object): Readonly<Record<string, Reply>> => ({
  ...missing,
  "POST /images/create": [status, JSON.stringify(body)],
});

test.each([
  [
    "an unreachable registry",
    pulled(500, { message: "Get https://registry/v2/: dial tcp: lookup registry: no such host" }),
    /^the image postgres:18 cannot be pulled: its registry cannot be reached/,
  ],
  [
    "a registry that hangs",
    missing,
    /cannot be pulled: its registry cannot be reached \(the registry does not answer\)/,
  ],
  [
    "an unknown tag",
    pulled(404, { message: "manifest for postgres:18 not found: manifest unknown" }),
    /cannot be pulled: there is no such image/,
  ],
  [
    "a full disk",
    pulled(200, { errorDetail: {}, error: "write /layer.tar: no space left on device" }),
    /cannot be pulled: Docker's disk is full/,
  ],
  [
    "an image without PostgreSQL",
    { "GET /images/": [200, '{"Config":{"Env":["PATH=/bin"],"ExposedPorts":{"6379/tcp":{}}}}'] },
    /^the image postgres:18 is no PostgreSQL/,
  ],
] as const)("%s is reported, with the embedded server as a remedy", async (_, answers, message) => {
  const error = await harnessError(provideImage(await clientOf(answers), "postgres:18", () => undefined));

  expect(error.message).toMatch(message);
  expect(error.remedy).toContain("--server embedded");
});

test("what cannot be the name of an image is rejected before the engine is asked", async () => {
  expect((await harnessError(startContainer({ image: "../containers?x=" }))).message).toMatch(/no name of an image/);
  expect(normalizeImageName("postgres")).toBe("postgres:latest");
  expect(normalizeImageName("far:5000/postgres")).toBe("far:5000/postgres:latest");
  expect(normalizeImageName("far:5000/postgres:18")).toBe("far:5000/postgres:18");
});

test("an unsupported major version is rejected before the engine is asked", async () => {
  expect((await harnessError(startContainer({ major: 9 }))).message).toBe("Plumbline does not run PostgreSQL 9");
});

test("the major version is read from the image, or else that it is PostgreSQL", () => {
  expect(readMajor("x", { Env: ["PATH=/bin", "PG_MAJOR=16"] })).toBe(16);
  expect(readMajor("x", { Env: null, ExposedPorts: { "5432/tcp": {} } })).toBeUndefined();
  expect(readMajor("x", { Env: ["PGDATA=/data"], ExposedPorts: null })).toBeUndefined();
});

test.each([
  ["pull access denied for x, repository does not exist or may require login", true],
  ["toomanyrequests: You have reached your pull rate limit", true],
  ["manifest unknown", false],
  ["dial tcp: no such host", false],
])("after %j, credentials are tried: %s", (complaint, expected) => {
  expect(wantsCredentials(complaint)).toBe(expected);
});

test("a container that ends is reported in PostgreSQL's words", () => {
  const errorFor = (log: string) => notReady("postgres:18", "ended with code 1", log);

  expect(errorFor("FATAL:  could not write to file: No space left on device").remedy).toMatch(/^Free some space/);
  const wrong = errorFor('LOG: x\nFATAL:  unrecognized configuration parameter "wrok_mem"');
  expect(wrong.message).toMatch(/ended with code 1: unrecognized configuration parameter "wrok_mem"$/);
  expect(wrong.remedy).toBe("Fix the server settings");
  expect(notStarted("x", new Error("mkdir /var/lib/docker/x: no space left on device")).remedy).toMatch(/^Free/);
});

test("the image of Ryuk that is pulled is the one that Testcontainers starts", () => {
  const { REAPER_IMAGE: image }: { REAPER_IMAGE: string } = createRequire(import.meta.url)(
    "testcontainers/build/reaper/reaper.js",
  );

  expect(ryukImage).toBe(image);
});
