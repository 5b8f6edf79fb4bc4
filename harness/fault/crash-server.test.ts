import { expect, test } from "vitest";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { crashSafe } from "../server/settings.ts";
import { CrashServer } from "./crash-server.ts";

const RECIPE = { parts: ["ground"], build: async () => undefined };

test("nobody else is on the server while someone has it, and it is started once", async () => {
  let starts = 0;
  await using ground = new CrashServer(() => {
    starts += 1;

    return startEmbedded({ settings: crashSafe });
  });
  let inside = 0;
  const results = await Promise.allSettled(
    [1, 2, 3].map((number) =>
      ground.exclusively(async ({ databases, crash }) => {
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

  expect(
    results.map((result) => (result.status === "fulfilled" ? result.value : result.reason.message)),
  ).toEqual(["1", "the second fails", "3"]);
  expect(starts).toBe(1);
});

test("where nobody crashes anything, no server is started", async () => {
  let started = false;
  const ground = new CrashServer(async () => {
    started = true;
    throw new Error("not to be started");
  });
  await ground[Symbol.asyncDispose]();

  expect(started).toBe(false);
});

test("a server that does not start is told to everyone who asks for it", async () => {
  await using ground = new CrashServer(() => Promise.reject(new Error("no server")));

  await expect(ground.exclusively(async () => 1)).rejects.toThrow("no server");
  await expect(ground.exclusively(async () => 2)).rejects.toThrow("no server");
});
