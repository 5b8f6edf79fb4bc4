/**
 * Releases for tests: made of texts, without a folder.
 */

import type { Release, Step } from "../release/release.ts";
import { cut } from "../release/split-statements.ts";

/** A release whose migration is these texts, the files `1.sql`, `2.sql` and so on. */
export async function makeRelease(...sources: readonly string[]): Promise<Release> {
  const migrate = await Promise.all(sources.map((source, index) => makeStep(`${index + 1}.sql`, source)));

  return { name: "example", folder: "/", baseline: [], migrate, findings: [] };
}

/** A step that holds this text. */
export async function makeStep(path: string, source: string): Promise<Step> {
  return { path, file: `/${path}`, source, statements: await cut(source) };
}
