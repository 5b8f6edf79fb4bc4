/** Makes releases from texts, without a folder. */
import type { Release, Step } from "../release/release.ts";
import { splitStatements } from "../release/split-statements.ts";

/** A release that migrates with these texts, as the files `1.sql`, `2.sql` and so on. */
export async function makeRelease(...sources: readonly string[]): Promise<Release> {
  const migrate = await Promise.all(sources.map((source, index) => makeStep(`${index + 1}.sql`, source)));

  return { name: "example", folder: "/", lists: { baseline: [], migrate }, knownFailures: [] };
}

export async function makeStep(path: string, source: string): Promise<Step> {
  return { path, file: `/${path}`, source, statements: await splitStatements(source) };
}
