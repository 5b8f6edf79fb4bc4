import { expect, test } from "vitest";
import { containerLabels, findOrphans, removeFrames } from "./containers.ts";
import { isPostgres } from "./until-ready.ts";

const name = "plumbline-0123456789ab";
const alive = containerLabels(name);
const owner = alive["org.plumbline.owner"] ?? "";
const dead = { ...alive, "org.plumbline.owner": owner.replace(/"start":"[^"]*"/, '"start":"long ago"') };
const elsewhere = { ...dead, "org.plumbline.owner": owner.replace(/"realm":"[^"]*"/, '"realm":"another"') };

const orphans = (labels: Record<string, string> | null, called = name) =>
  findOrphans([{ Names: [`/${called}`], Labels: labels }]);

test("the container of a process that is gone is an orphan", () => {
  expect(orphans(dead)).toEqual([name]);
});

test.each([
  ["whose process lives", alive],
  ["of another machine", elsewhere],
  ["without an owner", { "org.plumbline.run": name }],
  ["that names another run", { ...dead, "org.plumbline.run": "plumbline-ba9876543210" }],
  ["with another text as owner", { ...dead, "org.plumbline.owner": "me" }],
  ["without labels", null],
])("a container %s is left alone", (_, labels) => {
  expect(orphans(labels)).toEqual([]);
});

test("a container of the user's is left alone, whatever its labels", () => {
  expect(orphans({ ...dead, "org.plumbline.run": "my-database" }, "my-database")).toEqual([]);
});

test.each([
  ["postgres -c fsync=off", true],
  ["postgres: checkpointer ", true],
  ["/usr/lib/postgresql/18/bin/postgres -D /data", true],
  ["initdb --username=postgres", true],
  ["/usr/local/bin/pg_ctl -w start", true],
  ["bash /usr/local/bin/docker-entrypoint.sh postgres -c fsync=off", false],
  ["sh -c sleep 3600 postgres -c fsync=off", false],
  ["pgbouncer /etc/pgbouncer.ini", false],
])("%j runs a program of PostgreSQL: %s", (command, expected) => {
  expect(isPostgres(command)).toBe(expected);
});

test("the engine's frames are removed from a log", () => {
  expect(
    removeFrames(
      "\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0006first\n\u0002\u0000\u0000\u0000\u0000\u0000\u0000\u0007second\n",
    ),
  ).toBe("first\nsecond\n");
});
