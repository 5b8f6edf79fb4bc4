/** Finds a smaller dataset that still shows a fault, by the shrinker of the arbitrary that generated it. */
import type { Arbitrary } from "fast-check";
import type { Dataset } from "../../harness/rows/generate-row.ts";

/**
 * @param isShown whether a dataset shows the fault
 * @param attemptsMax the most datasets that are tried
 * @returns the smallest one that was found, which may be the given one
 */
export async function shrinkDataset(
  arbitrary: Arbitrary<Dataset>,
  dataset: Dataset,
  isShown: (dataset: Dataset) => Promise<boolean>,
  attemptsMax: number,
): Promise<Dataset> {
  let smallest = dataset;
  let context: unknown;
  let attempts = 0;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const candidate of arbitrary.shrink(smallest, context)) {
      if (attempts === attemptsMax) return smallest;
      attempts += 1;
      if (!(await isShown(candidate.value))) continue;
      smallest = candidate.value;
      context = candidate.context;
      isSmaller = true;
      break;
    }
  }

  return smallest;
}
