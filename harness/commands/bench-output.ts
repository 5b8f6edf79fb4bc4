/**
 * What `pg-plumbline bench` tells and keeps: the report, the files that were asked for, and the figures that are accepted.
 */
import { snapshotOf } from "../bench/baseline.ts";
import { acceptFigures, type Circumstances } from "../bench/baseline-file.ts";
import type { BenchResult } from "../bench/result.ts";
import { writeWhole } from "../files/write-file.ts";
import { benchHtmlOf } from "../report/bench-html.ts";
import { benchJson } from "../report/bench-json.ts";
import { asRun } from "../report/bench-run.ts";
import { tellBench, tellGate } from "../report/bench-terminal.ts";
import { junitOf } from "../report/junit.ts";
import { styleFor } from "../report/style.ts";
import { BASELINE, type BenchOptions } from "./bench-plan.ts";

/** Writes the files and the report. */
export async function tell(result: BenchResult, options: BenchOptions): Promise<void> {
  const cwd = process.cwd();
  if (options.json !== undefined) {
    await writeWhole(options.json, `${JSON.stringify(benchJson(result), undefined, 2)}\n`);
  }
  if (options.junit !== undefined) {
    const plainStyle = { colour: false, width: 100 };
    const junit = junitOf(asRun(result), { cwd, scripts: new Map() }, (release, { id, violation }) => {
      const gates = result.releases.find(({ folder }) => folder === release.folder)?.gates ?? [];
      const gate = gates.find((one) => one.id === id);

      return gate === undefined ? [violation?.got ?? ""] : tellGate(gate, plainStyle);
    });
    await writeWhole(options.junit, junit);
  }
  if (options.html !== undefined) {
    await writeWhole(options.html, benchHtmlOf(result, cwd));
  }
  if (options.quiet !== true) {
    process.stdout.write(tellBench(result, styleFor(process.stdout, process.env), cwd));
  }
}

/** Accepts the figures of the run, and says what changed. */
export async function accept(
  result: BenchResult,
  circumstances: Circumstances,
  { quiet = false }: BenchOptions,
): Promise<void> {
  const releases = Object.fromEntries(result.releases.map(({ name, gates }) => [name, snapshotOf(gates)]));
  await acceptFigures(BASELINE, { ...circumstances, releases });
  const changes = result.releases.flatMap(({ name, differences = [] }) =>
    differences.map(({ gate, subject, told }) => `  ${name}, ${gate}, ${subject}: ${told}\n`),
  );
  if (!quiet) {
    const said = changes.length === 0 ? "  nothing that was there before\n" : changes.join("");
    process.stdout.write(`\nAccepted in ${BASELINE}; what changed:\n${said}`);
  }
}
