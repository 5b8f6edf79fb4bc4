/**
 * The image that a container is made of: here before a container is asked for, so that what hinders a pull is told in
 * time and in words, and known for PostgreSQL by what it says of itself.
 */
import * as v from "valibot";
import { HarnessError } from "../../errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Answer, ask, follow } from "./engine.ts";
import { noPostgres, notPulled, wantsCredentials } from "./errors.ts";

/** What Testcontainers would start to clear away after processes that were killed. */
export const ryukImage = "testcontainers/ryuk:0.14.0";

const imageShape = v.object({
  Config: v.object({
    Env: v.nullish(v.array(v.string()), []),
    ExposedPorts: v.nullish(v.record(v.string(), v.unknown()), {}),
  }),
});

/** What an image says of the PostgreSQL in it. */
export interface ImageFacts {
  /** The major version; undefined where it does not say. */
  readonly major: number | undefined;
}

/** The name of an official image. */
export function officialImage(major: number): string {
  return `postgres:${major}-alpine`;
}

/** With the tag that is meant where none is named. Throws a HarnessError for what is no name of an image. */
export function imageName(text: string): string {
  if (!/^[a-z0-9][\w./:@-]*$/i.test(text)) {
    throw new HarnessError(
      `${JSON.stringify(text)} is no name of an image`,
      "Write it as postgres:18-alpine, or as registry.example.com/postgres:18",
    );
  }

  return /[:@][^/]*$/.test(text) ? text : `${text}:latest`;
}

/**
 * Pulls the image where it is not here.
 * @returns what it says of itself; undefined where it takes credentials to pull it, which Testcontainers may have
 * @throws HarnessError where it cannot be had, or is no PostgreSQL
 */
export async function provideImage(
  engine: Endpoint,
  image: string,
  onProgress: (text: string) => void,
): Promise<ImageFacts | undefined> {
  const complaint = await pullIfMissing(engine, image, onProgress);
  if (complaint !== undefined) {
    if (wantsCredentials(complaint)) return undefined;
    throw notPulled(image, complaint);
  }
  const { body } = await look(engine, image);

  return factsIn(image, body);
}

/** @returns why it could not be pulled, where it is neither here nor to be had */
export async function pullIfMissing(
  engine: Endpoint,
  image: string,
  onProgress: (text: string) => void,
): Promise<string | undefined> {
  const { status } = await look(engine, image);
  if (status === 200) return undefined;
  onProgress(`pulling the image ${image}, once`);
  try {
    const path = `/images/create?fromImage=${encodeURIComponent(image)}`;

    return complaintOf(await follow(engine, path, () => undefined));
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

function look(engine: Endpoint, image: string): Promise<Answer> {
  return ask(engine, "GET", `/images/${image}/json`);
}

const wordsShape = v.union([v.object({ message: v.string() }), v.object({ error: v.string() })]);

/** An engine that has begun to tell of its progress can only say there what went wrong. */
export function complaintOf({ status, body }: Answer): string | undefined {
  const said = v.safeParse(v.pipe(v.string(), v.parseJson(), wordsShape), body);
  const words = !said.success ? undefined : "error" in said.output ? said.output.error : said.output.message;

  return status === 200 ? words : (words ?? `HTTP status ${status}`);
}

/** @throws HarnessError where nothing in it speaks of PostgreSQL */
export function factsIn(image: string, body: string): ImageFacts {
  const { Env: env, ExposedPorts: ports } = v.parse(imageShape, JSON.parse(body)).Config;
  const major = /^PG_MAJOR=(\d+)$/m.exec((env ?? []).join("\n"))?.[1];
  const speaks =
    major !== undefined || "5432/tcp" in (ports ?? {}) || env?.some((one) => one.startsWith("PGDATA="));
  if (!speaks) throw noPostgres(image);

  return { major: major === undefined ? undefined : Number(major) };
}
