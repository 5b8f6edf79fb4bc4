/**
 * Formats mutants in the report schema of mutation testing, which other tools read, and as the page that shows it: one
 * file, with the viewer's code.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type * as Schema from "mutation-testing-report-schema/api";
import { coveringSpan, type MutantResult, type MutantStatus } from "../mutation/mutant.ts";
import type { Property } from "../property/property.ts";
import { listSteps } from "../release/lists.ts";
import { createPositionLookup } from "../release/position.ts";
import type { Release, Step } from "../release/release.ts";

const SCHEMA_STATUS: Readonly<Record<MutantStatus, Schema.MutantStatus>> = {
  killed: "Killed",
  timeout: "Timeout",
  survived: "Survived",
  compileError: "CompileError",
  equivalent: "Ignored",
  runtimeError: "RuntimeError",
};

/** The viewer shows scores from `high` green and below `low` red; percent. */
const THRESHOLDS = { high: 95, low: 80 };

export function buildMutationReport(
  release: Release,
  results: readonly MutantResult[],
  properties: readonly Pick<Property, "id" | "title">[],
): Schema.MutationTestResult {
  const steps = new Map(listSteps(release).map(({ step }) => [step.path, step]));
  const files = [...steps].map(([path, step]) => [path, buildFile(step, results)] as const);

  return {
    schemaVersion: "2.0",
    thresholds: THRESHOLDS,
    projectRoot: release.name,
    files: Object.fromEntries(files.filter(([, { mutants }]) => mutants.length > 0)),
    testFiles: { properties: { tests: properties.map(({ id, title }) => ({ id, name: `${id}: ${title}` })) } },
    framework: { name: "Plumbline" },
  };
}

function buildFile({ path, source }: Step, results: readonly MutantResult[]): Schema.FileResult {
  const locate = createPositionLookup(source);
  const mutants = results
    .filter(({ mutant }) => mutant.step === path)
    .map(({ mutant, status, property, reason, coveredBy, durationMs }): Schema.MutantResult => {
      const { start, end } = coveringSpan(mutant.edits);
      const isDetected = (status === "killed" || status === "timeout") && property !== undefined;

      return {
        id: mutant.id,
        mutatorName: mutant.operator,
        description: mutant.description,
        replacement: mutant.replacement,
        location: { start: locate(start), end: locate(end) },
        status: SCHEMA_STATUS[status],
        duration: durationMs,
        ...(reason === undefined ? {} : { statusReason: reason }),
        ...(isDetected ? { killedBy: [property] } : {}),
        ...(coveredBy === undefined ? {} : { coveredBy: [...coveredBy] }),
      };
    });

  return { language: "sql", source, mutants };
}

export async function formatMutationPage(title: string, report: Schema.MutationTestResult): Promise<string> {
  const viewer = createRequire(import.meta.url).resolve("mutation-testing-elements/dist/mutation-test-elements.js");
  const code = await readFile(viewer, "utf8");
  // A closing tag ends a script wherever it is, and SQL may contain one.
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
