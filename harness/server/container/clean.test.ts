import { expect, test } from "vitest";
import { labelsOf, orphansIn } from "./clean.ts";

const name = "plumbline-0123456789ab";
const living = labelsOf(name);
const owner = living["org.plumbline.owner"] ?? "";
const dead = { ...living, "org.plumbline.owner": owner.replace(/"start":"[^"]*"/, '"start":"long ago"') };
const elsewhere = { ...dead, "org.plumbline.owner": owner.replace(/"realm":"[^"]*"/, '"realm":"another"') };

const orphans = (labels: Record<string, string> | null, called = name) =>
  orphansIn(JSON.stringify([{ Names: [`/${called}`], Labels: labels }]));

test("the container of a process that is gone is to be removed", () => {
  expect(orphans(dead)).toEqual([name]);
});

test.each([
  ["whose process lives", living],
  ["of another machine", elsewhere],
  ["without an owner", { "org.plumbline.run": name }],
  ["that names another run", { ...dead, "org.plumbline.run": "plumbline-ba9876543210" }],
  ["with words of somebody else for an owner", { ...dead, "org.plumbline.owner": "me" }],
  ["without labels", null],
])("a container %s is left alone", (_, labels) => {
  expect(orphans(labels)).toEqual([]);
});

test("a container of the user's is left alone, whatever labels it has", () => {
  expect(orphans({ ...dead, "org.plumbline.run": "my-database" }, "my-database")).toEqual([]);
});
