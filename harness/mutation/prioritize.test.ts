import { expect, test } from "vitest";
import { type Lead, prioritize } from "./prioritize.ts";

const usage = (id: string, caseKind: "call" | "migration" | "crash", ...reads: string[]) => ({
  property: { id, caseKind },
  reads: new Set(reads),
});
const all = [
  usage("R1", "migration", "migrate", "rollback.emergency"),
  usage("M2", "crash", "migrate"),
  usage("C1", "call", "migrate"),
  usage("V1", "migration", "verify"),
];
const order = (lead: Omit<Lead, "killer">, killer?: string) =>
  prioritize(all, { ...lead, killer }).map(({ property }) => property.id);

test("cheap properties are first; those of the migrated database only if that differs", () => {
  expect(order({ list: "migrate", hasSameCatalog: false })).toEqual(["C1", "R1", "V1", "M2"]);
  expect(order({ list: "migrate", hasSameCatalog: true })).toEqual(["R1", "V1", "M2"]);
});

test("the killer of an earlier run is first", () => {
  expect(order({ list: "migrate", hasSameCatalog: false }, "M2")).toEqual(["M2", "C1", "R1", "V1"]);
});

test("a property that does not read the list is left out", () => {
  expect(order({ list: "rollback.emergency", hasSameCatalog: true })).toEqual(["R1"]);
  expect(order({ list: "verify", hasSameCatalog: true })).toEqual(["V1"]);
});
