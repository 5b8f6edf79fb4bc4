/**
 * What a gate measured, in the few words of a table: counts beside their limits, growth, time (pure).
 */
import type { Budget } from "../bench/budget.ts";
import type { IndexStudy } from "../bench/indexes.ts";
import type { CountName, Measured, Reading } from "../bench/plans/facts.ts";
import { GROWING } from "../bench/plans/facts.ts";
import { allNodes } from "../bench/plans/shape.ts";
import { judgedGrowth } from "../bench/projection.ts";
import type { GateResult } from "../bench/result.ts";
import { countOf, minutesOf } from "../bench/statement-lookup.ts";

const SHORT: Readonly<Record<CountName, string>> = {
  rows: "rows",
  rowsRemoved: "filtered",
  qError: "times off",
  statements: "statements inside",
  buffers: "buffers",
  buffersRead: "read",
  dirtied: "dirtied",
  tempBlocks: "spilled",
  walRecords: "WAL records",
  walBytes: "WAL",
  passes: "passes",
  indexWrites: "index entries",
  hotShare: "heap-only",
};

/** The counts told of a gate, limits or none. */
const TOLD: readonly CountName[] = ["buffers", "walBytes", "hotShare", "indexWrites", "tempBlocks", "passes"];

/** `4 of 4 buffers, 0 of 0 spilled`: the worst of all subjects at the largest size, beside the limit where there is one. */
export function costsOf({ measured, budget, indexes }: GateResult): string {
  if (indexes !== undefined) return indexCosts(indexes);
  const names = [...new Set([...limited(budget), ...TOLD.slice(0, 2)])];
  const told = names.flatMap((name) => {
    const worst = worstOf(measured, name);
    const limit = limitOf(budget, name);
    if (worst === undefined || (limit === undefined && worst === 0)) return [];
    const shown = countOf(name, worst);

    return `${limit === undefined ? shown : `${shown} of ${countOf(name, limit)}`} ${SHORT[name]}`;
  });

  return told.join(", ");
}

function indexCosts({ indexes, use }: IndexStudy): string {
  const chosen = indexes.filter(({ chosenBy }) => chosenBy.length > 0).length;
  const paid = (["walBytes", "hotShare", "indexWrites"] as const).flatMap((name) => {
    const value = use[name];

    return value === undefined ? [] : `${countOf(name, value)} ${SHORT[name]}`;
  });

  return `${chosen} of ${indexes.length} indexes chosen; a use: ${paid.join(", ")}`;
}

function limited(budget: Budget): readonly CountName[] {
  return (Object.keys(SHORT) as CountName[]).filter((name) => limitOf(budget, name) !== undefined);
}

function limitOf(budget: Budget, name: CountName): number | undefined {
  const limits: Readonly<Record<string, number | undefined>> = budget;

  return limits[`${name}Max`] ?? limits[`${name}Min`];
}

function worstOf(measured: readonly Measured[], name: CountName): number | undefined {
  const values = measured.flatMap(({ readings }) => readings.at(-1)?.counts[name] ?? []);
  if (values.length === 0) return undefined;

  return name === "hotShare" ? Math.min(...values) : Math.max(...values);
}

/** `0.06 of 0.1`: the exponent of the count that grows the fastest. */
export function growthTold(result: GateResult): string {
  const exponent = worstGrowth(result);
  const limit = result.budget.growthMax;
  if (exponent === undefined) return "";

  return `${exponent.toFixed(2)}${limit === undefined ? "" : ` of ${limit}`}`;
}

/** The largest exponent of all subjects' growing counts. */
export function worstGrowth({ measured, gate, budget }: GateResult): number | undefined {
  const exponents = measured.flatMap((one) =>
    GROWING.flatMap((name) => judgedGrowth(one, name, gate.subjects.kind, budget.growthMax)?.exponent ?? []),
  );

  return exponents.length === 0 ? undefined : Math.max(...exponents);
}

/** Time, as what it may be taken for: a multiple of plain work, or an interval at a million rows. */
export function timeTold({ ratio, projection, budget, measured }: GateResult): string {
  const limit = budget.ratioMax === undefined ? "" : ` of ${budget.ratioMax}`;
  const times = ratio === undefined ? "" : `${ratio.ratio.toFixed(2)}${limit}× plain`;
  if (projection !== undefined) {
    const window = budget.windowMinutes === undefined ? "" : ` of ${budget.windowMinutes} min`;
    const span = `${minutesOf(projection.lowMs)} to ${minutesOf(projection.highMs)}${window} at 1 million`;

    return times === "" ? span : `${span}, ${times}`;
  }
  if (times !== "") return times;
  const last = measured.map(({ readings }) => readings.at(-1)?.durationMs ?? 0);

  return last.length === 0 ? "" : minutesOf(Math.max(...last));
}

/** The indexes and scans of the plans at the largest size: `organizations_pkey`, `Seq Scan on organizations`. */
export function shapeTold({ measured }: GateResult): string {
  const readings = measured.flatMap(({ readings }) => readings.at(-1) ?? []);
  const scans = readings
    .filter(hasPlan)
    .flatMap(allNodes)
    .flatMap(({ type, relation, index }) =>
      index !== undefined
        ? [index]
        : relation !== undefined && type.endsWith("Scan")
          ? [`${type} on ${relation}`]
          : [],
    );
  const all = [...new Set(scans.filter((scan) => !/\bpg_/.test(scan)))];

  return all.length > 3 ? `${all.slice(0, 3).join(", ")}, and ${all.length - 3} more` : all.join(", ");
}

function hasPlan({ plan, inner = [] }: Reading): boolean {
  return plan !== undefined || inner.length > 0;
}
