/**
 * Mutants in the report schema of mutation testing, which other tools read too, and the page that shows it. The page is
 * one file: the viewer's code is in it.
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { MutantResult, MutantStatus, MutationTestResult } from "mutation-testing-report-schema/api";
import { listedSteps } from "../mutation/lists.ts";
import { coveringSpan } from "../mutation/mutant.ts";
import type { Status, Tried } from "../mutation/mutant-status.ts";
import type { Property } from "../property/property.ts";
import { placesIn } from "../release/position.ts";
import type { Release, Step } from "../release/release.ts";

const STATUS: Readonly<Record<Status, MutantStatus>> = {
  killed: "Killed",
  limit: "Timeout",
  survived: "Survived",
  invalid: "CompileError",
  equivalent: "Ignored",
  trouble: "RuntimeError",
};

/** Scores from which the viewer shows green, and below which it shows red; percent. */
const THRESHOLDS = { high: 95, low: 80 };

export function buildMutationReport(
  release: Release,
  tried: readonly Tried[],
  properties: readonly Pick<Property, "id" | "title">[],
): MutationTestResult {
  const steps = new Map(listedSteps(release).map(({ step }) => [step.path, step]));
  const files = [...steps].map(([path, step]) => [path, fileOf(step, tried)] as const);

  return {
    schemaVersion: "2.0",
    thresholds: THRESHOLDS,
    projectRoot: release.name,
    files: Object.fromEntries(files.filter(([, { mutants }]) => mutants.length > 0)),
    testFiles: {
      properties: { tests: properties.map(({ id, title }) => ({ id, name: `${id}: ${title}` })) },
    },
    framework: { name: "Plumbline" },
  };
}

function fileOf(step: Step, tried: readonly Tried[]): MutationTestResult["files"][string] {
  const placeOf = placesIn(step.source);
  const mine = tried.filter(({ mutant }) => mutant.step === step.path);

  return {
    language: "sql",
    source: step.source,
    mutants: mine.map((one) => mutantOf(one, placeOf)),
  };
}

function mutantOf({ mutant, fate, durationMs }: Tried, placeOf: ReturnType<typeof placesIn>): MutantResult {
  const { start, end } = coveringSpan(mutant.edits);
  const reason = reasonOf(fate);

  return {
    id: mutant.id,
    mutatorName: mutant.operator,
    description: mutant.description,
    replacement: mutant.replacement,
    location: { start: placeOf(start), end: placeOf(end) },
    status: STATUS[fate.status],
    duration: durationMs,
    ...(reason === undefined ? {} : { statusReason: reason }),
    ...killersOf(fate),
    ...(fate.status === "survived" ? { coveredBy: [...fate.asked] } : {}),
  };
}

/** Whoever is known to have noticed. */
function killersOf(fate: Tried["fate"]): { killedBy?: string[] } {
  if (fate.status !== "killed" && fate.status !== "limit") {
    return {};
  }
  const second = fate.status === "killed" ? fate.second?.by : undefined;

  return { killedBy: [fate.by, ...(second === undefined ? [] : [second])] };
}

function reasonOf(fate: Tried["fate"]): string | undefined {
  switch (fate.status) {
    case "killed":
      return `${fate.expected}; but ${fate.got}`;
    case "equivalent":
      return fate.because;
    case "survived":
      return undefined;
    default:
      return fate.message;
  }
}

/** The page for a browser, complete in itself. */
export async function formatMutationPage(title: string, report: MutationTestResult): Promise<string> {
  const viewer = createRequire(import.meta.url).resolve(
    "mutation-testing-elements/dist/mutation-test-elements.js",
  );
  const code = await readFile(viewer, "utf8");
  // A script ends at its closing tag wherever that stands, and SQL may hold one.
  const data = JSON.stringify(report).replaceAll("<", "\\u003c");

  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>${title.replaceAll("<", "&lt;")}</title><script>${code.replaceAll("</script", "<\\/script")}</script></head>
<body>
<mutation-test-report-app titlePostfix="Plumbline"></mutation-test-report-app>
<script>document.querySelector("mutation-test-report-app").report = ${data};</script>
</body>
</html>
`;
}
