/** Gives one piece of work what a test of a release gets to work with. */
import { loadConfiguration } from "../configuration/load-configuration.ts";
import type { TestResources } from "./test-resources.ts";

/** Loads the configuration of the release, and ends what the work left to the end. */
export async function withResources<Result>(
  resources: Omit<TestResources, "configuration" | "atEnd">,
  work: (resources: TestResources) => Promise<Result>,
): Promise<Result> {
  const endings: (() => Promise<void>)[] = [];
  const configuration = await loadConfiguration(resources.release.folder);
  try {
    return await work({ ...resources, configuration, atEnd: (end) => void endings.push(end) });
  } finally {
    for (const end of endings) await end();
  }
}
