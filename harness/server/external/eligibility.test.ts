import { expect, test } from "vitest";
import { refusalOf } from "./eligibility.ts";
import { connectionTrouble } from "./errors.ts";
import type { ExternalFacts } from "./facts.ts";

const fit: ExternalFacts = {
  version: "16.3",
  role: "plain",
  mayCreateDatabases: true,
  inRecovery: false,
  others: 0,
  connectionsLeft: 90,
  messagesIn: "en_US.UTF-8",
};
const errand = { shown: "postgres://plain@host/db", database: "db", yes: false };

test("a server that is fit is not refused, nor is one that is newer than any that was tried", () => {
  expect(refusalOf(fit, errand)).toBeUndefined();
  expect(refusalOf({ ...fit, version: "19.0" }, errand)).toBeUndefined();
});

test.each<[string, Partial<ExternalFacts>]>([
  ["in recovery", { inRecovery: true }],
  ["is PostgreSQL 13.9", { version: "13.9" }],
  ["tells its messages in de_DE.UTF-8", { messagesIn: "de_DE.UTF-8" }],
  ["behind a pooler", { pooled: "because" }],
  ["has 0 connections left", { connectionsLeft: -3 }],
  ["create databases", { mayCreateDatabases: false }],
])("what is %s cannot be worked on, whatever the user says", (words, facts) => {
  expect(refusalOf({ ...fit, ...facts }, { ...errand, yes: true })?.message).toContain(words);
});

test("what looks like production is refused until the user says that it is none", () => {
  expect(refusalOf({ ...fit, others: 3 }, errand)?.message).toContain("3 other sessions are connected");
  expect(refusalOf({ ...fit, others: 3 }, { ...errand, yes: true })).toBeUndefined();
});

const coded = (code: string, message: string) => Object.assign(new Error(message), { code });

test.each([
  [coded("28000", 'no pg_hba.conf entry for host "::1", user "me", no encryption'), "sslmode=require"],
  [coded("53300", "sorry, too many clients already"), "max_connections"],
  [new Error("The server does not support SSL connections"), "sslmode=disable"],
  [coded("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"), "sslrootcert"],
  [coded("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match"), "sslrootcert"],
  [new Error("timeout expired"), "can be reached from here"],
  [new AggregateError([coded("ECONNREFUSED", "connect ECONNREFUSED ::1:1")]), "can be reached from here"],
  [new Error("Connection terminated unexpectedly"), "PostgreSQL that listens"],
])("%s comes with what to do", (thrown, remedy) => {
  expect(connectionTrouble(thrown, "postgres://me:****@h/x").remedy).toContain(remedy);
});
