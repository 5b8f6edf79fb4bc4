/**
 * A run of the gates for a reader: a table of all gates, then what is not as accepted, what is over its budget with the
 * plan that shows it, what the indexes are worth, and last the releases beside each other and what to look at first.
 */
import { SESSION_PINS } from "../bench/pinned-planner.ts";
import type { BenchResult, GateResult, ReleaseBench } from "../bench/result.ts";
import type { PropertyResult } from "../property/verdict.ts";
import { printable, printableLines } from "../text/sanitize.ts";
import { besideEachOther, plansInWords } from "./bench-plans.ts";
import { asRelease, asRun } from "./bench-run.ts";
import { glanceOf } from "./bench-summary.ts";
import { costsOf, growthTold, shapeTold, timeTold } from "./bench-text.ts";
import { concludingSentence } from "./conclusion.ts";
import { exitCodeOf, type Standing, standingOf, withStanding } from "./exit-status.ts";
import { bareTable } from "./plain-table.ts";
import { displayPath } from "./reproduce-line.ts";
import { standingNames } from "./rules-table.ts";
import { paintFor, paintsOf, readable, type Style } from "./style.ts";
import { wrap } from "./text-width.ts";
import { field, paragraph } from "./violation-text.ts";

/** What an exit code says. */
const ENDINGS = {
  0: "As expected.",
  1: "Not as expected: the exit code is 1.",
  2: "Nothing could be decided: the exit code is 2.",
} as const;

/** The whole run, ended by a line feed. */
export function tellBench(bench: BenchResult, style: Style, cwd: string): string {
  const sections = [
    ...bench.releases.flatMap((release) => sectionsOf(release, bench, style, cwd)),
    titled("At a glance", bench.releases.length > 0 ? glanceOf(bench) : [], style),
    duelLines(bench, style),
    closing(bench, style, cwd),
  ];

  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

/** Everything about one gate, for a report that tells each by itself. */
export function tellGate(result: GateResult, style: Style): readonly string[] {
  const { breaches, because, notes, purpose } = result;
  const [first] = breaches;

  return [
    ...breaches.flatMap(({ subject, expected, got }, index) => [
      ...field("what", subject, style),
      ...(breaches[index - 1]?.expected === expected ? [] : field("expected", expected, style)),
      ...field("got", got, style),
    ]),
    ...field("budget", purpose, style),
    ...field("because", because, style),
    ...(first === undefined ? [] : field("hint", `${first.hint}.`, style)),
    ...(first?.reading === undefined ? [] : plansInWords(first.reading).flatMap(planLine)),
    ...notes.flatMap((note) => field("note", note, style)),
  ];
}

function sectionsOf(
  release: ReleaseBench,
  bench: BenchResult,
  style: Style,
  cwd: string,
): readonly (readonly string[])[] {
  const { strong, faint } = paintsOf(style);
  const all = asRelease(release, bench);
  const notes = [...new Set(release.gates.flatMap((gate) => gate.notes))];
  const sentence = printable(concludingSentence(release.name, all.properties.filter(isRule)));

  return [
    [strong(printable(release.name)), faint(printable(displayPath(release.folder, cwd)))],
    tableOf(release, style),
    titled("Compared with the accepted figures", differenceLines(release), style),
    ...release.gates.filter((gate) => gate.breaches.length > 0).map((gate) => violationLines(gate, style)),
    titled(
      "Not decided",
      release.gates
        .filter((gate) => gate.verdict === "unknown")
        .flatMap((gate) => paragraph(`${gate.id}: ${gate.reason ?? ""}`, style)),
      style,
    ),
    titled(
      "Indexes and other notes",
      notes.flatMap((note) => paragraph(note, style)),
      style,
    ),
    titled(
      "Under load",
      (release.load?.lines ?? []).map((line) => `  ${line}`),
      style,
    ),
    wrap(sentence, readable(style.width)).map(strong),
  ];
}

function isRule({ rule }: PropertyResult): boolean {
  return /^P\d/.test(rule);
}

function tableOf({ gates }: ReleaseBench, style: Style): readonly string[] {
  const head = ["gate", "verdict", "growth", "time"];
  const rows = gates.map((gate) => [
    gate.id,
    standingNames[standingOf(gate)],
    growthTold(gate),
    timeTold(gate),
  ]);
  const lines = bareTable(
    head.map((text) => ({ head: text, end: "left" as const })),
    rows,
  );

  return lines.flatMap((line, index) => {
    const gate = gates[index - 1];
    if (gate === undefined) return [paintsOf(style).faint(`  ${line}`)];
    const told = [costsOf(gate), shapeTold(gate)].filter((text) => text !== "").join("; ");
    const below = told === "" ? [] : wrap(printable(told), readable(style.width) - 6);

    return [
      paintFor(standingOf(gate), paintsOf(style))(`  ${line}`),
      ...below.map((text) => paintsOf(style).faint(`      ${text}`)),
    ];
  });
}

function differenceLines({ differences = [] }: ReleaseBench): readonly string[] {
  return differences.flatMap(({ gate, subject, kind, told, shapes }) => [
    printable(`  ${kind === "other" ? "" : `${kind}: `}${gate}, ${subject}: ${told}`),
    ...(shapes === undefined
      ? []
      : besideEachOther(shapes.before, shapes.after).map((line) => `      ${line}`)),
  ]);
}

function violationLines(gate: GateResult, style: Style): readonly string[] {
  const standing: Standing = standingOf(gate);
  const heading = paintFor(standing, paintsOf(style))(`${standingNames[standing]}: ${gate.id}`);

  return [
    paintsOf(style).strong(heading),
    ...field("promised", `${gate.rule}: ${gate.title}`, style),
    ...tellGate({ ...gate, notes: [] }, style),
  ];
}

function planLine(line: string): readonly string[] {
  return printableLines(line).map((text) => `      ${text}`);
}

function duelLines({ duel }: BenchResult, style: Style): readonly string[] {
  if (duel === undefined) return [];
  const times = duel.bouts.map(
    ({ what, ratio: { ratio, interval, slower, slowerThan, falseAlarmRate } }) =>
      `  ${what}: ${ratio.toFixed(2)} times as long (${interval.low.toFixed(2)} to ${interval.high.toFixed(2)})${
        slower ? `, SLOWER than ${slowerThan} times` : ""
      }; wrong once in ${Math.round(1 / falseAlarmRate).toLocaleString("en-US")} runs at most`,
  );

  return titled(
    `${duel.release}, held against ${duel.against}`,
    [...times, ...differenceLines({ name: "", folder: "", gates: [], differences: duel.differences })],
    style,
  );
}

/** What to look at first, and what it takes to have the same run again. */
function closing(bench: BenchResult, style: Style, cwd: string): readonly string[] {
  const { kind, version } = bench.server;
  const run = asRun(bench);
  const scale = bench.scale === undefined ? "" : `, scale ${bench.scale.toLocaleString("en-US")}`;
  const pins = Object.keys(SESSION_PINS).map(
    (name) => `${name} ${bench.settings[name] ?? SESSION_PINS[name]}`,
  );
  const server = Object.entries(bench.settings).filter(([name]) => SESSION_PINS[name] === undefined);
  const { faint, strong } = paintsOf(style);
  const lines = [
    `seed ${bench.seed}${scale}, ${kind} PostgreSQL ${version}, ${(bench.durationMs / 1_000).toFixed(1)} s; ${bench.comparison}`,
    `pinned: ${[...pins, ...server.map(([name, value]) => `${name} ${value}`)].join(", ")}`,
  ];

  return [
    ...wrap(`Look first: ${firstOf(bench, cwd)}`, readable(style.width)).map(strong),
    ENDINGS[exitCodeOf(run)],
    ...lines.flatMap((line) => wrap(printable(line), readable(style.width))).map(faint),
  ];
}

function firstOf(bench: BenchResult, cwd: string): string {
  const standings: readonly Standing[] = ["violated", "stale", "known", "unknown"];
  for (const standing of standings) {
    for (const release of asRun(bench).releases) {
      const [result] = withStanding(release.properties, standing);
      if (result !== undefined) return tellFirst(displayPath(release.folder, cwd), result, bench.scale);
    }
  }

  return "nothing stands out.";
}

function tellFirst(folder: string, result: PropertyResult, scale: number | undefined): string {
  const { id, violation, reason } = result;
  const found =
    violation === undefined ? (reason ?? "it holds, although the ledger says violated") : violation.got;
  const size = scale === undefined ? "" : ` --scale ${scale}`;
  const again = isRule(result)
    ? ` Again: npx pg-plumbline bench --release ${folder} --only ${id}${size}.`
    : "";

  return `${id} of ${folder}: ${printable(found)}.${again}`;
}

function titled(title: string, lines: readonly string[], style: Style): readonly string[] {
  return lines.length === 0 ? [] : [paintsOf(style).strong(title), ...lines];
}
