import { expect, test } from "vitest";
import type { KindResult, PropertyResult, ReleaseResult } from "../property/verdict.ts";
import { foldVariants } from "./fold-variants.ts";

function violate(id: string, ...found: readonly (readonly [kind: string, got: string])[]): PropertyResult {
  const kinds = found.map(
    ([kind, got]): KindResult => ({
      ...{ kind, expected: false, runs: 1, shrinks: 0 },
      violation: { kind, expected: "a down", got, rows: "ordinary rows", script: [] },
    }),
  );
  const violation = kinds[0]?.violation;

  return {
    ...{ id, title: id, rule: id, verdict: "violated", expected: false, runs: 1, durationMs: 1, seed: 1, kinds },
    ...(violation !== undefined && { violation }),
  };
}

/** A result, and the position of its migration; undefined for a release that is none. */
type Run = readonly [ReleaseResult, number | undefined];

function release(name: string, index: number | undefined, ...properties: readonly PropertyResult[]): Run {
  return [{ name, folder: "/m", properties, questions: [] }, index];
}

function fold(runs: readonly Run[]): readonly ReleaseResult[] {
  const origins = runs.map(([, index]) =>
    index === undefined
      ? {}
      : { origin: { folder: "/m", layout: "a record", migration: "a", index, hasDowns: true, repeatable: false } },
  );

  return foldVariants(
    runs.map(([result]) => result),
    origins,
  );
}

/** A line a violated kind. */
function list(runs: readonly Run[]): readonly string[] {
  return fold(runs).flatMap(({ name, properties }) =>
    properties.flatMap(({ id, kinds = [], violation }) =>
      kinds.map(
        (each, index) =>
          `${name} ${id} ${each.kind} ${each.violation.rows}${index === 0 && violation !== each.violation ? " (other)" : ""}`,
      ),
    ),
  );
}

test("what fails alike on several sets of rows is reported once, with their number", () => {
  const missing = violate("rolls-back.1", ["missing", "no down"]);

  expect(
    list([
      release("a", 0, missing),
      release("a-on-ordinary-rows", 0, missing),
      release("a-on-odd-rows", 0, missing),
      release("b", 1, missing),
    ]),
  ).toEqual([
    "a rolls-back.1 missing ordinary rows; the same on 2 other sets of rows",
    "b rolls-back.1 missing ordinary rows",
  ]);
});

test("another kind, another outcome and another property are reported where they occur", () => {
  expect(
    list([
      release("a", 0, violate("keeps.1", ["gone", "0 rows"])),
      release("a-on-ordinary-rows", 0, violate("keeps.1", ["gone", "0 rows"], ["changed", "3 rows"])),
      release("a-on-odd-rows", 0, violate("keeps.1", ["gone", "7 rows"]), violate("keeps.2", ["gone", "0 rows"])),
    ]),
  ).toEqual([
    "a keeps.1 gone ordinary rows; the same on 1 other set of rows",
    "a-on-ordinary-rows keeps.1 changed ordinary rows",
    "a-on-odd-rows keeps.1 gone ordinary rows",
    "a-on-odd-rows keeps.2 gone ordinary rows",
  ]);
});

test("what held or is unknown stays, and releases that are no migrations are not compared", () => {
  const violated = violate("C1", ["gone", "0 rows"]);
  const { kinds: _, violation: __, ...held } = { ...violated, verdict: "held" as const };
  const runs = [
    ...[release("x", undefined, violated), release("y", undefined, violated)],
    ...[release("a", 0, held), release("a-on-odd-rows", 0, held)],
  ];

  expect(fold(runs)).toEqual(runs.map(([result]) => result));
});
