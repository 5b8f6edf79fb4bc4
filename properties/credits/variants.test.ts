/** What the contract leaves open: variants of the hardened release that the property must accept. */
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Databases } from "../../harness/database/databases.ts";
import { checkProperty } from "../../harness/property/check-property.ts";
import { readRelease } from "../../harness/release/read-release.ts";
import { startEmbedded } from "../../harness/server/embedded/embedded.ts";
import { loadSuite } from "../../harness/suite/load-suite.ts";
import { defaultRuns } from "../../harness/suite/run-suite.ts";
import { applyCanary, canary, replace } from "./canaries/canary.ts";

const functions = "2.2-functions.sql";
const data = "3.1-data-migration.sql";
const named = "COALESCE(p_plan_type, 'custom')";
const progress =
  "'Processed % / % organizations (%) - Batch time: %ms',\n                    processed_count,\n                    total_count,\n                    round(processed_count * 100.0 / total_count, 1) || '%',\n";
const sinceTheStart = replace(data, "clock_timestamp() - batch_start_time", "clock_timestamp() - start_time");
const availableEnds = "    RETURN COALESCE(available_credits, 0);\nEND;\n$$ LANGUAGE plpgsql";
const says = (text: string, ...values: readonly string[]) =>
  replace(data, progress, [`'${text}'`, ...values, ""].join(",\n"));

const variants = [
  canary("A6", "it folds the plan", replace(functions, named, "COALESCE(lower(btrim(p_plan_type)), 'custom')")),
  canary("A6", "it writes the plan in capitals", replace(functions, named, "COALESCE(upper(p_plan_type), 'custom')")),
  canary("G2", "it is STABLE", replace(functions, availableEnds, `${availableEnds} STABLE`)),
  ...["M6", "M6-durations", "M6-traffic"].flatMap((id) => [
    canary(
      id,
      "it says the time since the start",
      sinceTheStart,
      says("Processed % organizations, % ms elapsed", "processed_count"),
    ),
    canary(id, "it counts by batch", says("Processed a batch of % organizations in % ms", "batch_count")),
    canary(
      id,
      "it counts both",
      says(
        "Batch: % organizations migrated, % of % organizations in total. Batch time: % ms",
        "batch_count",
        "processed_count",
        "total_count",
      ),
    ),
    canary(
      id,
      "it prints an interval",
      replace(
        data,
        "round(EXTRACT(EPOCH FROM clock_timestamp() - batch_start_time) * 1000)",
        "clock_timestamp() - batch_start_time",
      ),
      says("Processed % / % organizations in %", "processed_count", "total_count"),
    ),
    canary(
      id,
      "it says seconds",
      replace(
        data,
        "round(EXTRACT(EPOCH FROM clock_timestamp() - batch_start_time) * 1000)",
        "round(EXTRACT(EPOCH FROM clock_timestamp() - batch_start_time), 1)",
      ),
      says("Processed % / % organizations in % s", "processed_count", "total_count"),
    ),
  ]),
];

const suite = await loadSuite(import.meta.dirname);
const hardened = await readRelease(join(import.meta.dirname, "../../sql/hardened"));
const server = await startEmbedded();
const databases = new Databases(server);

afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test.concurrent.each(variants)("$property holds where $wrong", async (variant) => {
  const property = suite.properties.find(({ id }) => id === variant.property);
  if (property === undefined) throw new Error(`There is no property ${variant.property}`);
  const context = suite.openContext({ release: await applyCanary(variant, hardened), databases });
  try {
    const { verdict, reason, violation } = await checkProperty(property, context, {
      seed: 1,
      runs: defaultRuns(property),
      shrinksMax: 0,
    });

    expect({ verdict, reason, got: violation?.got }).toEqual({ verdict: "held", reason: undefined, got: undefined });
  } finally {
    await context.close();
  }
});
