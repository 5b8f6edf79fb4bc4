/**
 * `pg-plumbline spec`: a schedule that someone wrote down for PostgreSQL's isolation tester, run on an empty database or
 * on one that a release has migrated. What comes of it is told; whether that is right, a spec does not say.
 */
import type { Recipe } from "../database/database-provider.ts";
import { Databases } from "../database/databases.ts";
import { HarnessError } from "../errors.ts";
import { readRelease } from "../release/read-release.ts";
import { readText } from "../release/read-text.ts";
import { createStepsRecipe } from "../release/recipes.ts";
import { parseSpec } from "../schedule/parse-spec.ts";
import { runSpec } from "../schedule/run-spec.ts";
import { formatTranscript } from "../schedule/transcript-text.ts";
import { startServer } from "../server/start.ts";

const ERRAND = { clause: "and it is what would be run", remedy: "Name a file with an isolation spec" };

export interface SpecCommandOptions {
  readonly release?: string;
  readonly server: string;
  readonly image?: string;
  readonly seed?: number;
  readonly yes?: boolean;
}

/** @returns the exit code: 0, since nothing is judged */
export async function spec(file: string, options: SpecCommandOptions): Promise<number> {
  const parsed = parseSpec(await readText(file, ERRAND), file);
  const recipe = await recipeOf(options.release);
  await using server = await startServer(options.server, {
    yes: options.yes ?? false,
    ...(options.image === undefined ? {} : { image: options.image }),
  });
  await using databases = new Databases(server);
  await using database = await databases.clone(recipe);
  const seed = options.seed === undefined ? {} : { seed: options.seed };
  const { runs, permutations, invalid: impossible } = await runSpec(parsed, database, seed);

  for (const [index, run] of runs.entries()) {
    process.stdout.write(`order ${index + 1}\n${formatTranscript(run)}\n\n`);
  }
  const cannot = impossible === 0 ? "" : `, of which ${impossible} cannot happen`;
  process.stdout.write(`${runs.length} of ${permutations} orders were run${cannot}\n`);

  return 0;
}

/** The database that the spec finds. */
async function recipeOf(folder: string | undefined): Promise<Recipe> {
  if (folder === undefined) {
    return { parts: ["empty"], build: async () => undefined };
  }
  const release = await readRelease(folder);

  return createStepsRecipe([...release.lists.baseline, ...release.lists.migrate], (failure) => {
    return new HarnessError(
      `${release.name} does not apply to an empty database: ${failure}`,
      "Fix the release, or leave --release out",
    );
  });
}
