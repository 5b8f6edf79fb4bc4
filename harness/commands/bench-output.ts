/**
 * Writes what `pg-plumbline bench` results in: the report, the requested files, and the accepted figures.
 */
import { takeSnapshot } from "../bench/baseline.ts";
import { acceptFigures, type BaselineEnvironment } from "../bench/baseline-file.ts";
import type { BenchResult } from "../bench/result.ts";
import { writeAtomically } from "../files/write-file.ts";
import { formatGate } from "../report/bench-gate.ts";
import { formatBenchHtml } from "../report/bench-html.ts";
import { formatBenchJson } from "../report/bench-json.ts";
import { benchAsRun } from "../report/bench-run.ts";
import { type BenchReferences, formatBench } from "../report/bench-terminal.ts";
import { formatJunit } from "../report/junit.ts";
import { detectStyle } from "../report/style.ts";
import { BASELINE_FILE, type BenchOptions } from "./bench-input.ts";
import { getReproduceOptions } from "./verify.ts";

/** Writes the files and the report. */
export async function writeBenchReport(result: BenchResult, options: BenchOptions): Promise<void> {
  const cwd = process.cwd();
  const references = getReferences(options, cwd);
  const style = { ...detectStyle(process.stdout), verbose: options.verbose ?? false };
  if (options.json !== undefined) {
    await writeAtomically(options.json, `${JSON.stringify(formatBenchJson(result), undefined, 2)}\n`);
  }
  if (options.junit !== undefined) {
    const plainStyle = { colour: false, width: 100 };
    const junit = formatJunit(benchAsRun(result), { cwd, scripts: new Map() }, (release, { id, violation }) => {
      const gates = result.releases.find(({ folder }) => folder === release.folder)?.gates ?? [];
      const gate = gates.find((one) => one.id === id);

      return gate === undefined ? [violation?.got ?? ""] : formatGate(gate, plainStyle);
    });
    await writeAtomically(options.junit, junit);
  }
  if (options.html !== undefined) await writeAtomically(options.html, formatBenchHtml(result, references));
  if (options.quiet !== true) process.stdout.write(formatBench(result, style, references));
}

/** Accepts the figures of the run, and prints what changed. */
export async function acceptBench(
  result: BenchResult,
  environment: BaselineEnvironment,
  { quiet = false }: BenchOptions,
): Promise<void> {
  const releases = Object.fromEntries(result.releases.map(({ name, gates }) => [name, takeSnapshot(gates)]));
  await acceptFigures(BASELINE_FILE, { ...environment, releases });
  const changes = result.releases.flatMap(({ name, differences = [] }) =>
    differences.map(({ gate, subject, message }) => `  ${name}, ${gate}, ${subject}: ${message}\n`),
  );
  if (!quiet) {
    const list = changes.length === 0 ? "  nothing that existed before\n" : changes.join("");
    process.stdout.write(`\nAccepted in ${BASELINE_FILE}. Changes:\n${list}`);
  }
}

/** The options that repeat the run, without the reports and without a password. */
function getReferences(options: BenchOptions, cwd: string): BenchReferences {
  const { release = [], only, against, scale, seed, load } = options;

  return {
    cwd,
    selection: [
      ...release.flatMap((folder) => ["--release", folder]),
      ...(only === undefined ? [] : ["--only", only.join(",")]),
    ],
    options: [
      ...(against === undefined ? [] : ["--against", against]),
      ...getReproduceOptions(options),
      ...(scale === undefined ? [] : ["--scale", String(scale)]),
      ...(load === true ? ["--load"] : []),
      ...["--seed", String(seed)],
    ],
  };
}
