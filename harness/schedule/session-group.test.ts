import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { runSchedule, type Schedule } from "./run-schedule.ts";
import { findStepResult } from "./schedule.ts";
import { SessionGroup, type SessionGroupOptions } from "./session-group.ts";
import { formatTranscript } from "./transcript-text.ts";
import { Watcher } from "./watcher.ts";

let server: Server;
let admin: Session;
const database = { connect: () => Session.open(server.connection("schedules")) };

beforeAll(async () => {
  server = await startEmbedded({ settings: { max_prepared_transactions: "4" } });
  await using first = await Session.open(server.connection("postgres"));
  await first.query("CREATE DATABASE schedules");
  admin = await database.connect();
  await admin.query("CREATE TABLE account (id int PRIMARY KEY, credits int NOT NULL)");
});

afterAll(async () => {
  await admin?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await admin.query("TRUNCATE account; INSERT INTO account VALUES (1, 100), (2, 100), (3, 100)");
});

afterEach(async () => {
  // No test leaves anything.
  expect(
    await admin.query(`
      SELECT 'transaction' AS left, state FROM pg_stat_activity
      WHERE datname = 'schedules' AND pid <> pg_backend_pid() AND backend_type = 'client backend'
      UNION ALL SELECT 'lock', mode FROM pg_locks WHERE pid <> pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = 'schedules')
      UNION ALL SELECT 'prepared', gid FROM pg_prepared_xacts`),
  ).toEqual([]);
});

async function run(schedule: Schedule, options?: SessionGroupOptions) {
  await using group = await SessionGroup.open(database, Object.keys(schedule.sessions), options);

  return await runSchedule(group, schedule);
}

const take = (id: number, credits: number) =>
  `UPDATE account SET credits = credits - ${credits} WHERE id = ${id} RETURNING credits`;

const race: Schedule = {
  sessions: {
    first: { begin: "BEGIN", take: take(1, 60), commit: "COMMIT" },
    second: { take: take(1, 30), look: "SELECT credits FROM account WHERE id = 1" },
  },
};

test("of two sessions that race for a row, the second waits, and resumes when the first commits", async () => {
  const order = [
    "first.begin",
    "first.take",
    "second.take waits",
    "first.commit",
    "second.take resumes",
    "second.look",
  ];
  const { runs } = await run({ ...race, order });

  expect(runs[0]?.deviation).toBeUndefined();
  expect(runs[0] && formatTranscript(runs[0].transcript).split("\n")).toEqual([
    "first.begin   done",
    "first.take    40",
    "second.take   waits for first",
    "first.commit  done",
    "second.take   resumes: 10",
    "second.look   10",
  ]);
});

test("without an order every interleaving runs, and each valid one ends in the same sum", async () => {
  const setup = ["UPDATE account SET credits = 100"];
  const sessions = {
    first: { begin: "BEGIN", take: take(1, 60), commit: "COMMIT" },
    second: { begin: "BEGIN", take: take(1, 30), commit: "COMMIT" },
  };
  await using group = await SessionGroup.open(database, Object.keys(sessions));
  const { runs, interleavings, invalid: impossible } = await runSchedule(group, { sessions, setup });

  // The first session to take must commit before the other can: the other orders are invalid permutations.
  expect({ interleavings, runs: runs.length, impossible }).toEqual({
    interleavings: 20,
    runs: 20,
    impossible: 6,
  });
  for (const { transcript } of runs.filter((run) => run.transcript.invalid === undefined)) {
    const credits = ["first.take", "second.take"].map((name) => findStepResult(transcript, name)?.rows[0]?.[0]);
    expect(["40,10", "10,70"]).toContain(credits.join());
  }
});

test("of many interleavings a sample runs, and the result has their number", async () => {
  const steps = { one: "SELECT 1", two: "SELECT 2", three: "SELECT 3" };
  await using group = await SessionGroup.open(database, ["first", "second"]);
  const { runs, interleavings } = await runSchedule(
    group,
    { sessions: { first: steps, second: steps } },
    { maxRuns: 7, seed: 3 },
  );

  expect([runs.length, interleavings]).toEqual([7, 20]);
});

test("a deadlock is an event with its SQLSTATE, and its victim is the last to wait, 20 times in 20", async () => {
  const sessions = {
    first: { begin: "BEGIN", one: take(1, 1), two: take(2, 1), commit: "COMMIT" },
    second: { begin: "BEGIN", two: take(2, 1), three: take(3, 1), commit: "COMMIT" },
    third: { begin: "BEGIN", three: take(3, 1), one: take(1, 1), commit: "COMMIT" },
  };
  const order = ["first.begin", "second.begin", "third.begin", "first.one", "second.two", "third.three"];
  const waits = ["third.one waits", "first.two waits", "second.three", "first.two resumes"];
  await using group = await SessionGroup.open(database, Object.keys(sessions));
  const seen = new Set<string>();
  for (let run = 0; run < 20; run += 1) {
    const { runs } = await runSchedule(group, { sessions, order: [...order, ...waits] });
    seen.add(
      runs
        .map(({ transcript: { events }, deviation }) =>
          [...events.map((one) => (one.kind === "waits" ? "waits" : (one.outcome.error?.code ?? "done")))]
            .slice(6)
            .concat(deviation ?? "as ordered")
            .join(),
        )
        .join(),
    );
  }

  expect([...seen]).toEqual(["waits,waits,40P01,done,as ordered"]);
});

test("a deadlock that forms while steps resume is found too", async () => {
  // Both wait for the holder; once it commits, each has the lock that the other needs next.
  const both = (first: number, then: number) =>
    `DO $$BEGIN PERFORM FROM account WHERE id = ${first} FOR UPDATE; PERFORM FROM account WHERE id = ${then} FOR UPDATE; END$$`;
  const { runs } = await run({
    sessions: {
      holder: { begin: "BEGIN", lock: "SELECT FROM account WHERE id = 1 FOR UPDATE", commit: "COMMIT" },
      up: { both: both(1, 2) },
      down: { both: both(2, 1) },
    },
    order: [
      "holder.begin",
      "holder.lock",
      "up.both waits",
      "down.both waits",
      "holder.commit",
      "up.both resumes",
      "down.both resumes",
    ],
  });
  const codes = runs[0]?.transcript.events.flatMap((event) =>
    event.kind === "resumes" ? [event.outcome.error?.code] : [],
  );

  expect(runs[0]?.deviation).toBeUndefined();
  expect(codes?.toSorted()).toEqual(["40P01", undefined]);
});

test("the server's own deadlock_timeout can be left as it is", async () => {
  const look = { look: "SHOW deadlock_timeout" };
  const { runs } = await run({ sessions: { first: look } }, { deadlocks: "server" });

  expect(runs[0] && findStepResult(runs[0].transcript, "first.look")?.rows).toEqual([["1s"]]);
});

test("an order in which a step is due while its session waits is an invalid permutation", async () => {
  const order = ["first.begin", "first.take", "second.take", "second.look", "first.commit"];
  const { runs, invalid: impossible } = await run({ ...race, order });

  expect(impossible).toBe(1);
  expect(runs[0]?.deviation).toBe("second.look cannot be sent: second still waits in second.take for first");
});

test("a transcript that deviates from the expected waits is reported", async () => {
  const begun = ["first.begin", "first.take", "second.take waits"];
  const deviation = async (...order: string[]) => (await run({ ...race, order }, { limitMs: 300 })).runs[0]?.deviation;

  expect(await deviation("second.take waits")).toBe("second.take does not wait");
  expect(await deviation(...begun, "second.take resumes")).toBe("second.take still waits after second.take");
  expect(await deviation(...begun)).toBeUndefined();
});

test("a wait for another connection, a prepared transaction or an advisory lock is a wait too", async () => {
  const advisory = await run({
    sessions: {
      first: { lock: "SELECT pg_advisory_lock(7)" },
      second: { lock: "SELECT pg_advisory_lock(7)" },
    },
    order: ["first.lock", "second.lock waits"],
  });
  const prepared = await run({
    sessions: {
      first: { begin: "BEGIN", take: take(1, 1), prepare: "PREPARE TRANSACTION 'left behind'" },
      second: { take: take(1, 1) },
    },
    order: ["first.begin", "first.take", "first.prepare", "second.take waits"],
  });
  await admin.query("BEGIN; SELECT FROM account WHERE id = 2 FOR UPDATE");
  const outside = await run({ sessions: { first: { take: take(2, 1) } }, order: ["first.take waits"] });
  await admin.query("COMMIT");

  const lines = [advisory, prepared, outside].map(
    ({ runs }) => runs[0] && formatTranscript(runs[0].transcript).split("\n").at(-1),
  );
  expect(lines).toEqual([
    "second.lock  waits for first",
    "second.take    waits for a prepared transaction",
    "first.take  waits for another connection",
  ]);
});

test.each([
  ["that sleeps", "SELECT pg_sleep(60)"],
  [
    "that loops and ignores its cancellation",
    "DO $$BEGIN LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END$$",
  ],
])("a step %s ends the run with an error that names it, and leaves nothing", async (_, sql) => {
  const sessions = {
    first: { begin: "BEGIN", take: take(1, 60), never: sql },
    second: { begin: "BEGIN", take: take(2, 60) },
  };
  const order = ["second.begin", "second.take", "first.begin", "first.take", "first.never"];
  const running = run({ sessions, order }, { limitMs: 200 });

  await expect(running).rejects.toThrow(HarnessError);
  await expect(running).rejects.toThrow("The step first.never neither ended nor waited for a lock within 200 ms");
  expect(await admin.query("SELECT sum(credits) AS sum FROM account")).toEqual([{ sum: "300" }]);
});

test("a session that is killed within a step is an error of the harness, and leaves nothing", async () => {
  const sessions = {
    first: { begin: "BEGIN", take: take(1, 60) },
    second: { kill: "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'account'::regclass" },
    third: { begin: "BEGIN", take: take(1, 60) },
  };
  const order = ["first.begin", "first.take", "third.begin", "third.take waits", "second.kill"];

  await expect(run({ sessions, order })).rejects.toThrow(HarnessError);
});

test("a failing setup is reported with its error", async () => {
  await expect(run({ ...race, setup: ["SELEC 1"] })).rejects.toThrow(
    'The setup of the schedule failed: syntax error at or near "SELEC" (SQLSTATE 42601)',
  );
});

test("a session that waits only for the watcher is not blocked", async () => {
  await using control = await database.connect();
  await using waiting = await database.connect();
  const watcher = await Watcher.create(control, new Map([["waiting", waiting]]));
  await control.query("SELECT pg_advisory_lock(1)");
  const wait = waiting.query("SELECT pg_advisory_lock(1)");
  await expect
    .poll(async () => await admin.query("SELECT count(*) AS waiting FROM pg_locks WHERE NOT granted"))
    .toEqual([{ waiting: "1" }]);

  expect(await watcher.readWaits(["waiting"])).toEqual(new Map([["waiting", []]]));

  await control.query("SELECT pg_advisory_unlock(1)");
  await wait;
});
