import { afterAll, beforeAll, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { buildSpec, formatSpec } from "./format-spec.ts";
import { parseSpec } from "./parse-spec.ts";
import { runSchedule } from "./run-schedule.ts";
import { runSpec } from "./run-spec.ts";
import { SessionGroup } from "./session-group.ts";
import { formatPsqlWindows, formatTranscript } from "./transcript-text.ts";

let server: Server;
const database = { connect: () => Session.open(server.connection("specs")) };

beforeAll(async () => {
  server = await startEmbedded();
  await using first = await Session.open(server.connection("postgres"));
  await first.query("CREATE DATABASE specs");
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

async function runLines(text: string): Promise<string[][]> {
  const { runs } = await runSpec(parseSpec(text), database);

  return runs.map((run) => formatTranscript(run).split("\n"));
}

const skew = `
setup { CREATE TABLE doctor (name text, on_call boolean); INSERT INTO doctor VALUES ('a', true), ('b', true); }
teardown { DROP TABLE doctor; }
session s1
setup { BEGIN ISOLATION LEVEL SERIALIZABLE; }
step r1 { SELECT count(*) FROM doctor WHERE on_call; }
step w1 { UPDATE doctor SET on_call = false WHERE name = 'a'; }
step c1 { COMMIT; }
session s2
setup { BEGIN ISOLATION LEVEL SERIALIZABLE; }
step r2 { SELECT count(*) FROM doctor WHERE on_call; }
step w2 { UPDATE doctor SET on_call = false WHERE name = 'b'; }
step c2 { COMMIT; }
`;

test("a spec without permutations runs every interleaving, and a serialization failure is an event", async () => {
  const { runs, permutations, invalid: impossible } = await runSpec(parseSpec(skew), database);
  const failed = runs.filter(({ events }) =>
    events.some((event) => event.kind !== "waits" && event.outcome.error?.code === "40001"),
  );

  // Only the two serial orders are without a failure.
  expect({ runs: runs.length, permutations, impossible, failed: failed.length }).toEqual({
    runs: 20,
    permutations: 20,
    impossible: 0,
    failed: 18,
  });
});

test("blockers delay the report of a completion", async () => {
  const sessions = `
session a
step quick { SELECT 1; }
step next { SELECT 2; }
session b
step other { SELECT 3; }
step notify { DO $$BEGIN RAISE NOTICE 'one'; RAISE NOTICE 'two'; END$$; }
session c
step lock { SELECT pg_advisory_lock(1); }
step unlock { SELECT pg_advisory_unlock(1); }
session d
step want { SELECT pg_advisory_lock(1); }
`;

  expect(await runLines(`${sessions}permutation quick(*) other next`)).toEqual([
    ["a.quick  waits", "b.other  3", "a.quick  resumes: 1", "a.next   2"],
  ]);
  expect(await runLines(`${sessions}permutation quick(notify notices 2) other notify next`)).toEqual([
    ["a.quick   waits", "b.other   3", "b.notify  done", "a.quick   resumes: 1", "a.next    2"],
  ]);
  expect(await runLines(`${sessions}permutation lock want quick(want) other unlock`)).toEqual([
    [
      "c.lock    an empty value",
      "d.want    waits for c",
      "a.quick   waits",
      "b.other   3",
      "c.unlock  t",
      "d.want    resumes: an empty value",
      "a.quick   resumes: 1",
    ],
  ]);
});

test("a failing setup and a step without end are named, and leave no session", async () => {
  const failing = parseSpec("setup { SELECT nonsense; } session a step x { }");
  const silent = parseSpec("session a setup { BEGIN; } step endless { SELECT pg_sleep(60); }");

  await expect(runSpec(failing, database)).rejects.toThrow("The setup of the spec failed");
  await expect(runSpec(silent, database, { limitMs: 200 })).rejects.toThrow(HarnessError);
  await expect(runSpec(silent, database, { limitMs: 200 })).rejects.toThrow("The step a.endless");

  await using session = await database.connect();
  expect(
    await session.query(
      "SELECT pid FROM pg_stat_activity WHERE datname = 'specs' AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
    ),
  ).toEqual([]);
});

test("a schedule becomes a spec that runs the same, and psql windows in order", async () => {
  const setup = ["CREATE TABLE pot (n int)", "INSERT INTO pot VALUES (1)"];
  const sessions = {
    first: { begin: "BEGIN", add: "UPDATE pot SET n = n + 1", commit: "COMMIT" },
    second: { double: "UPDATE pot SET n = n * 2 RETURNING n" },
  };
  const order = ["first.begin", "first.add", "second.double", "first.commit"];
  await using group = await SessionGroup.open(database, Object.keys(sessions));
  const teardown = "DROP TABLE pot";
  const { sessions: scheduled, runs } = await runSchedule(group, {
    sessions,
    order,
    setup,
    teardown: [teardown],
  });
  const transcript = runs[0]?.transcript ?? { events: [] };
  const text = formatSpec(buildSpec(scheduled, transcript, { setup, teardown }), ["A race."]);

  expect(await runLines(text)).toEqual([
    [
      "first.begin    done",
      "first.add      done",
      "second.double  waits for first",
      "first.commit   done",
      "second.double  resumes: 4",
    ],
  ]);
  const [stop, ...windows] = formatPsqlWindows(transcript, Object.keys(sessions));
  expect(stop?.sql).toMatch(/^\\echo '.*2 psql windows.*'\n\\quit\n$/);
  expect(windows.map(({ title, sql }) => `${title}\n${sql}`).join("")).toBe(`window 1 (first): first.begin
BEGIN;
window 1 (first): first.add
UPDATE pot SET n = n + 1;
window 2 (second): second.double
UPDATE pot SET n = n * 2 RETURNING n;
-- it waits for window 1 (first)
window 1 (first): first.commit
COMMIT;
-- window 2 (second) goes on: 4
`);
});
