import { expect, test } from "vitest";
import type { ExternalFacts } from "./eligibility.ts";
import { checkEligibility } from "./eligibility.ts";
import { connectionError } from "./errors.ts";

const fit: ExternalFacts = {
  version: "16.3",
  role: "plain",
  mayCreateDatabases: true,
  inRecovery: false,
  others: 0,
  connectionsLeft: 90,
  messageLocale: "en_US.UTF-8",
};
const request = { shown: "postgres://plain@host/db", database: "db", yes: false };

test("a server that is fit is accepted, and so is one newer than any supported version", () => {
  expect(() => checkEligibility(fit, request)).not.toThrow();
  expect(() => checkEligibility({ ...fit, version: "19.0" }, request)).not.toThrow();
});

test.each<[string, Partial<ExternalFacts>]>([
  ["in recovery", { inRecovery: true }],
  ["is PostgreSQL 13.9", { version: "13.9" }],
  ["writes its messages in de_DE.UTF-8", { messageLocale: "de_DE.UTF-8" }],
  ["behind a pooler", { pooled: "because" }],
  ["has 0 connections left", { connectionsLeft: -3 }],
  ["create databases", { mayCreateDatabases: false }],
])("a server is rejected, also with --yes: %s", (message, facts) => {
  expect(() => checkEligibility({ ...fit, ...facts }, { ...request, yes: true })).toThrow(message);
});

test("a server that looks like production is rejected without --yes", () => {
  expect(() => checkEligibility({ ...fit, others: 3 }, request)).toThrow("3 other sessions are connected");
  expect(() => checkEligibility({ ...fit, others: 3 }, { ...request, yes: true })).not.toThrow();
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
  [new Error("Connection terminated unexpectedly"), "Check that PostgreSQL listens there"],
])("%s has a remedy", (thrown, remedy) => {
  expect(connectionError(thrown, "postgres://me:****@h/x").remedy).toContain(remedy);
});
