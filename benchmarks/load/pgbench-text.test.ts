import { expect, test } from "vitest";
import { pgbenchScript } from "./calls.ts";
import { libpqEnvironment, parsePgbenchReport, parsePgbenchVersion, pgbenchArguments } from "./pgbench.ts";

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
  expect(parsePgbenchVersion(output)).toBe(version);
});

test("a report gives calls, retries and calls per second without the time to connect", () => {
  expect(parsePgbenchReport(REPORT, "")).toEqual({ calls: 800, retries: 4, callsPerSecond: 4987.123 });
});

test("a failed call is reported with the server's message", () => {
  const errorOutput = `pgbench: error: client 0 script 0 aborted in command 3 query 0: ERROR:  Unknown organization: 7
CONTEXT:  PL/pgSQL function consume_specific_credits(uuid,text,integer,text) line 32 at RAISE
pgbench: error: Run was aborted; the above results are incomplete.`;

  expect(parsePgbenchReport(REPORT, errorOutput)).toMatchObject({
    calls: 800,
    error: "Unknown organization: 7",
  });
});

test("calls that fail after many retries are an error", () => {
  const report = REPORT.replace("failed transactions: 0", "failed transactions: 2");

  expect(parsePgbenchReport(report, "")?.error).toContain("2 calls");
});

test("output that is no report gives no figures", () => {
  expect(parsePgbenchReport("", "pgbench: error: connection to server failed")).toBeUndefined();
});

test("the password is in the environment and never among the arguments", () => {
  const connection = { host: "/tmp/s", port: 5433, user: "postgres", database: "one", password: "hush" };
  const words = pgbenchArguments({ kind: "consume", organizations: 1, sessions: 8, calls: 10 }, 2);

  expect(libpqEnvironment(connection)).toMatchObject({
    PGHOST: "/tmp/s",
    PGPORT: "5433",
    PGPASSWORD: "hush",
  });
  expect(words.join(" ")).not.toContain("hush");
  expect(words).toContain("--jobs=2");
});

test.each([
  ["a certificate", { host: "db", user: "me", database: "one", ssl: { ca: "…" } }],
  ["a password function", { host: "db", user: "me", database: "one", password: () => "hush" }],
  ["no host", { user: "me", database: "one" }],
])("a connection with %s is none for pgbench", (_, connection) => {
  expect(libpqEnvironment(connection)).toBeUndefined();
});

test("the script picks any of the organizations and each of the four types", () => {
  const script = pgbenchScript("reference", 1000);

  expect(script).toMatch(/^\\set number random\(1, 1000\)\n\\set type random\(0, 3\)\n\\if :type = 0\n/);
  expect(script.match(/INSERT INTO credit_actions/g)).toHaveLength(4);
});
