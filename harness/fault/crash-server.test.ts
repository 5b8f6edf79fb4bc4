import { expect, test } from "vitest";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { crashSafeSettings } from "../server/process/settings.ts";
import { CrashServer } from "./crash-server.ts";

const RECIPE = { parts: ["crash"], build: async () => undefined };

test("one caller at a time uses the server, which is started once", async () => {
  let starts = 0;
  await using crashServer = new CrashServer(() => {
    starts += 1;

    return startEmbedded({ settings: crashSafeSettings });
  });
  let inside = 0;
  const results = await Promise.allSettled(
    [1, 2, 3].map((number) =>
      crashServer.runExclusively(async ({ databases, crash }) => {
        inside += 1;
        expect(inside).toBe(1);
        await using database = await databases.clone(RECIPE);
        await (await database.connect()).query(`CREATE TABLE t AS SELECT ${number} AS n`);
        await crash();
        const [row] = await (await database.connect()).query("SELECT n FROM t");
        inside -= 1;
        if (number === 2) throw new Error("the second fails");

        return row?.["n"];
      }),
    ),
  );

  expect(results.map((result) => (result.status === "fulfilled" ? result.value : result.reason.message))).toEqual([
    "1",
    "the second fails",
    "3",
  ]);
  expect(starts).toBe(1);
});

test("without a case no server is started", async () => {
  let started = false;
  const crashServer = new CrashServer(async () => {
    started = true;
    throw new Error("not to be started");
  });
  await crashServer[Symbol.asyncDispose]();

  expect(started).toBe(false);
});

test("every caller gets the error of a server that does not start", async () => {
  await using crashServer = new CrashServer(() => Promise.reject(new Error("no server")));

  await expect(crashServer.runExclusively(async () => 1)).rejects.toThrow("no server");
  await expect(crashServer.runExclusively(async () => 2)).rejects.toThrow("no server");
});
