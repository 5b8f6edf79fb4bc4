/**
 * Runs `pg-plumbline spec`: a spec of PostgreSQL's isolation tester, on an empty database or on one that a release has
 * migrated. It prints transcripts and judges nothing.
 */
import type { Recipe } from "../database/database-provider.ts";
import { Databases } from "../database/databases.ts";
import { HarnessError } from "../errors.ts";
import { readRelease } from "../release/read-release.ts";
import { readText } from "../release/read-text.ts";
import { createStepsRecipe } from "../release/recipes.ts";
import type { Release } from "../release/release.ts";
import { requireOneDatabase } from "../release/server-wide.ts";
import { parseSpec } from "../schedule/parse-spec.ts";
import { runSpec } from "../schedule/run-spec.ts";
import { formatTranscript } from "../schedule/transcript-text.ts";
import { startServer } from "../server/start.ts";

const PURPOSE = { clause: "and it is the spec to run", remedy: "Name a file with an isolation spec" };

export interface SpecCommandOptions {
  readonly release?: string;
  readonly server: string;
  readonly image?: string;
  readonly seed?: number;
  readonly yes?: boolean;
}

/** @returns the exit code: always 0 */
export async function spec(file: string, options: SpecCommandOptions): Promise<number> {
  const parsed = parseSpec(await readText(file, PURPOSE), file);
  const release = options.release === undefined ? undefined : await readRelease(options.release);
  await using server = await startServer(options.server, {
    yes: options.yes ?? false,
    ...(options.image === undefined ? {} : { image: options.image }),
  });
  if (server.tenancy !== undefined && release !== undefined) requireOneDatabase(release);
  await using databases = new Databases(server);
  await using database = await databases.clone(createRecipe(release));
  const seed = options.seed === undefined ? {} : { seed: options.seed };
  const { runs, permutations, invalid } = await runSpec(parsed, database, seed);

  for (const [index, run] of runs.entries()) {
    process.stdout.write(`permutation ${index + 1}\n${formatTranscript(run)}\n\n`);
  }
  const note = invalid === 0 ? "" : `, ${invalid} of them invalid`;
  process.stdout.write(`ran ${runs.length} of ${permutations} permutations${note}\n`);

  return 0;
}

/** Describes the database that the spec runs on. */
function createRecipe(release: Release | undefined): Recipe {
  if (release === undefined) return { parts: ["empty"], build: async () => undefined };

  return createStepsRecipe([...release.lists.baseline, ...release.lists.migrate], (failure) => {
    return new HarnessError(
      `${release.name} does not apply to an empty database: ${failure}`,
      "Fix the release, or leave --release out",
    );
  });
}
