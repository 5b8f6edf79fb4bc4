import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import { releaseOf } from "../testing/example-release.ts";
import { Grounds } from "./benchmark-servers.ts";

const several = Math.min(2, availableParallelism());

/** Servers that do nothing but count. */
function servers(settings: Partial<Server> = {}) {
  const count = { started: 0, stopped: 0 };
  const start = async (): Promise<Server> => {
    count.started += 1;

    return {
      kind: "embedded",
      version: "18.4",
      connection: () => ({}),
      async [Symbol.asyncDispose]() {
        count.stopped += 1;
      },
      ...settings,
    };
  };

  return { count, start };
}

test("a server of our own is started for each release, as far as there are processors, and all are stopped", async () => {
  const { count, start } = servers();
  const grounds = await Grounds.open(start, 42, 2);

  expect(count.started).toBe(several);
  expect(new Set([grounds.of(0), grounds.of(1)]).size).toBe(several);
  await grounds[Symbol.asyncDispose]();
  expect(count.stopped).toBe(several);
});

test("a server of the user's is not started again: its releases are measured one after the other", async () => {
  const { count, start } = servers({ tenancy: { maintenance: "postgres", run: "0123abcd" } });
  await using grounds = await Grounds.open(start, 42, 2);
  const releases = [await releaseOf("SELECT 1;"), await releaseOf("SELECT 2;")];
  const course: string[] = [];
  const results = await grounds.each(releases, async ({ migrate }, ground) => {
    const [{ source } = { source: "" }] = migrate;
    course.push(`begin ${source}`);
    await Promise.resolve();
    course.push(`end ${source}`);

    return { source, first: ground === grounds.of(0) };
  });

  expect(count.started).toBe(1);
  expect(course).toEqual(["begin SELECT 1;", "end SELECT 1;", "begin SELECT 2;", "end SELECT 2;"]);
  expect(results).toEqual([
    { source: "SELECT 1;", first: true },
    { source: "SELECT 2;", first: true },
  ]);
});

test.runIf(several > 1)(
  "where a further server cannot be had, those that were started are stopped",
  async () => {
    const { count, start } = servers();
    const failing = async () => {
      if (count.started > 0) throw new HarnessError("there is no room for another", "Make some");

      return await start();
    };

    await expect(Grounds.open(failing, 42, 2)).rejects.toThrow("there is no room for another");
    expect(count).toEqual({ started: 1, stopped: 1 });
  },
);
