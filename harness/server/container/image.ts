/**
 * Provides the image before a container is created from it, so that an error of the registry is reported early and in
 * words, and checks that it is one of PostgreSQL.
 */
import { HarnessError, messageOf } from "../../errors.ts";
import { ask, type Engine } from "./engine.ts";
import { noPostgres, notPulled, wantsCredentials } from "./errors.ts";

/** The image with which Testcontainers removes containers of killed processes. */
export const ryukImage = "testcontainers/ryuk:0.14.0";

/** Until a registry answers; from then on the engine reports its progress all the time. */
const firstWordLimitMs = 5_000;
const silenceLimitMs = 60_000;

/** The configuration of an image, as far as it matters here. */
interface ImageConfig {
  readonly Env?: readonly string[] | null;
  readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
}

export function officialImage(major: number): string {
  return `postgres:${major}-alpine`;
}

/** Adds the default tag if there is none. @throws HarnessError for what cannot be the name of an image */
export function normalizeImageName(text: string): string {
  if (!/^[a-z0-9][\w./:@-]*$/i.test(text)) {
    throw new HarnessError(
      `${JSON.stringify(text)} is no name of an image`,
      "Write it as postgres:18-alpine, or as registry.example.com/postgres:18",
    );
  }

  return /[:@][^/]*$/.test(text) ? text : `${text}:latest`;
}

/**
 * Pulls the image if it is missing.
 * @returns the major version in it; undefined if it does not say
 * @throws HarnessError if it cannot be pulled, or is no PostgreSQL
 */
export async function provideImage(
  engine: Engine,
  image: string,
  onProgress: (text: string) => void,
): Promise<number | undefined> {
  const complaint = await pullIfMissing(engine, image, onProgress);
  const config = await inspectImage(engine, image);
  if (config === undefined) throw notPulled(image, complaint ?? "it is not there after the pull");

  return readMajor(image, config);
}

/** @returns why the image could not be pulled, if it is missing */
export async function pullIfMissing(
  engine: Engine,
  image: string,
  onProgress: (text: string) => void,
): Promise<string | undefined> {
  if ((await inspectImage(engine, image)) !== undefined) return undefined;
  onProgress(`pulling the image ${image}, once`);
  const complaint = await errorOf(pull(engine, image));
  if (complaint === undefined || !wantsCredentials(complaint)) return complaint;
  const { ImageName } = await import("testcontainers");

  return await errorOf(engine.image.pull(ImageName.fromString(image)));
}

async function inspectImage(engine: Engine, image: string): Promise<ImageConfig | undefined> {
  return (await ask(() => engine.container.dockerode.getImage(image).inspect(), [404]))?.Config;
}

async function errorOf(work: Promise<void>): Promise<string | undefined> {
  return await work.then(() => undefined, messageOf);
}

/** Pulls without credentials. Testcontainers, which finds those of `docker login`, neither limits a pull nor reports why it fails. */
async function pull({ container: { dockerode } }: Engine, image: string): Promise<void> {
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), firstWordLimitMs);
  try {
    const stream = await dockerode.pull(image, { abortSignal: stop.signal });
    await new Promise<void>((resolve, reject) => {
      const onEvent = ({ error }: { readonly error?: string }) => {
        clearTimeout(timer);
        timer = setTimeout(() => stop.abort(), silenceLimitMs);
        if (error !== undefined) reject(new Error(error));
      };
      dockerode.modem.followProgress(
        stream,
        (error: Error | null) => (error === null ? resolve() : reject(error)),
        onEvent,
      );
    });
  } catch (thrown) {
    throw stop.signal.aborted ? new Error("the registry does not answer", { cause: thrown }) : thrown;
  } finally {
    clearTimeout(timer);
  }
}

/** @throws HarnessError if nothing in the configuration points to PostgreSQL */
export function readMajor(image: string, { Env: env, ExposedPorts: ports }: ImageConfig): number | undefined {
  const major = /^PG_MAJOR=(\d+)$/m.exec((env ?? []).join("\n"))?.[1];
  const isPostgres =
    major !== undefined || "5432/tcp" in (ports ?? {}) || env?.some((one) => one.startsWith("PGDATA="));
  if (!isPostgres) throw noPostgres(image);

  return major === undefined ? undefined : Number(major);
}
