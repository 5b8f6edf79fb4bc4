import { expect, test } from "vitest";
import { pgbenchScript } from "./calls.ts";
import { addressFor, pgbenchArguments, reportIn, versionIn } from "./pgbench-text.ts";

const REPORT = `pgbench (15.18 (Debian 15.18-0+deb12u1), server 18.4)
transaction type: -
number of transactions actually processed: 800/800
number of failed transactions: 0 (0.000%)
number of transactions retried: 3 (0.375%)
total number of retries: 4
latency average = 0.400 ms
initial connection time = 9.811 ms
tps = 4987.123 (without initial connection time)
`;

test.each([
  ["pgbench (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", "15.18"],
  ["pgbench (PostgreSQL) 18beta2\n", "18beta2"],
  ["pgbench (PostgreSQL) 14.20\n", undefined],
  ["bash: pgbench: command not found\n", undefined],
])("of %j the version is %s", (output, version) => {
  expect(versionIn(output)).toBe(version);
});

test("a report gives calls, retries and calls a second without the time to connect", () => {
  expect(reportIn(REPORT, "")).toEqual({ calls: 800, retries: 4, callsPerSecond: 4987.123 });
});

test("a refused call is told with the server's message", () => {
  const complaints = `pgbench: error: client 0 script 0 aborted in command 3 query 0: ERROR:  Unknown organization: 7
CONTEXT:  PL/pgSQL function consume_specific_credits(uuid,text,integer,text) line 32 at RAISE
pgbench: error: Run was aborted; the above results are incomplete.`;

  expect(reportIn(REPORT, complaints)).toMatchObject({ calls: 800, refusal: "Unknown organization: 7" });
});

test("calls that were given up after many retries are told as refused", () => {
  const report = REPORT.replace("failed transactions: 0", "failed transactions: 2");

  expect(reportIn(report, "")?.refusal).toContain("2 calls");
});

test("what is no report gives no figures", () => {
  expect(reportIn("", "pgbench: error: connection to server failed")).toBeUndefined();
});

test("the password is in the environment and never among the words", () => {
  const connection = { host: "/tmp/s", port: 5433, user: "postgres", database: "one", password: "hush" };
  const words = pgbenchArguments({ kind: "consume", organizations: 1, sessions: 8, calls: 10 }, 2, 10);

  expect(addressFor(connection)).toMatchObject({ PGHOST: "/tmp/s", PGPORT: "5433", PGPASSWORD: "hush" });
  expect(words.join(" ")).not.toContain("hush");
  expect(words).toContain("--jobs=2");
});

test.each([
  ["a certificate", { host: "db", user: "me", database: "one", ssl: { ca: "…" } }],
  ["a password that is asked for", { host: "db", user: "me", database: "one", password: () => "hush" }],
  ["no host", { user: "me", database: "one" }],
])("a server that is reached with %s is none for pgbench", (_, connection) => {
  expect(addressFor(connection)).toBeUndefined();
});

test("the script takes any of the organizations and each of the four types", () => {
  const script = pgbenchScript("plain", 1000);

  expect(script).toMatch(/^\\set number random\(1, 1000\)\n\\set type random\(0, 3\)\n\\if :type = 0\n/);
  expect(script.match(/INSERT INTO credit_actions/g)).toHaveLength(4);
});
