import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { HarnessError } from "../../errors.ts";
import { readAddress } from "./address.ts";

const folder = mkdtempSync(join(tmpdir(), "plumbline-address-"));
const authority = join(folder, "root.crt");
writeFileSync(authority, "the authority");

afterEach(() => vi.unstubAllEnvs());

function connectionOf(text: string, env: Record<string, string> = {}) {
  // pg looks for these itself.
  for (const name of ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSSLMODE", "PGOPTIONS"]) {
    vi.stubEnv(name, env[name] ?? "");
  }

  return readAddress(text, env).connection("own");
}

test("an address means what it means to psql, and the database is the one that is asked for", () => {
  expect(connectionOf("postgres://me:s%40crt@h.example:6000/theirs?sslmode=disable")).toMatchObject({
    host: "h.example",
    port: 6000,
    user: "me",
    password: "s@crt",
    database: "own",
    ssl: false,
  });
  expect(readAddress("postgres://h/theirs%20too", {}).database).toBe("theirs too");
  expect(readAddress("postgres://h", {}).database).toBe("postgres");
});

test("a socket is reached by its folder, with a role or without, and never by TLS", () => {
  for (const text of ["postgres://me@/x?host=/run/pg&sslmode=require", "postgres://me@%2Frun%2Fpg/x"]) {
    expect(connectionOf(text)).toMatchObject({ host: "/run/pg", user: "me", ssl: false });
  }
});

test("what an address leaves open, the PG* variables say", () => {
  const env = { PGHOST: "elsewhere", PGUSER: "someone", PGPASSWORD: "known", PGDATABASE: "theirs" };
  expect(connectionOf("postgres://", env)).toMatchObject({
    host: "elsewhere",
    user: "someone",
    password: "known",
  });
  expect(readAddress("postgres://", env).database).toBe("theirs");
});

test.each([
  ["?sslmode=require", {}, { rejectUnauthorized: false }],
  ["?sslmode=verify-full", {}, {}],
  [`?sslmode=verify-full&sslrootcert=${authority}`, {}, { ca: "the authority" }],
  ["", { PGSSLMODE: "verify-full", PGSSLROOTCERT: authority }, { ca: "the authority" }],
  ["?sslmode=verify-full&sslrootcert=system", {}, {}],
  ["", {}, { rejectUnauthorized: false }],
])("TLS with %j and %j", (query, env, ssl) => {
  expect(connectionOf(`postgres://me@h/x${query}`, env).ssl).toEqual(ssl);
});

test("only what nobody insisted on may be done without TLS", () => {
  const prefers = (query: string) => readAddress(`postgres://me@h/x${query}`, {}).prefersTls;
  expect([
    prefers(""),
    prefers("?sslmode=prefer"),
    prefers("?sslmode=require"),
    prefers("?ssl=true"),
  ]).toEqual([true, true, false, false]);
});

test("settings of other clients and of the caller change nothing in a session, those of the address come first", () => {
  const options = String(
    connectionOf("postgres://me@h/x?options=-c%20geqo%3Doff&statement_timeout=1&schema=x", {
      PGOPTIONS: "-c search_path=elsewhere",
    }).options,
  );
  expect(options).toMatch(/^-c geqo=off -c TimeZone=UTC /);
  expect(options).not.toContain("elsewhere");
});

test.each([
  "postgres://me:sec#ret@h/x",
  "postgres://me:secret@a,b/x",
  "postgres://me:secret@h:port/x",
  "postgres://me:%zzsecret@h/x",
  "h/x?secret",
])("%j is refused without being shown", (text) => {
  const thrown = (() => {
    try {
      return readAddress(text, {});
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(HarnessError);
  expect(`${String(thrown)} ${JSON.stringify(thrown)} ${(thrown as HarnessError).stack}`).not.toMatch(
    /sec#?ret/,
  );
});

test("a certificate that cannot be read is told", () => {
  rmSync(folder, { recursive: true });
  expect(() => connectionOf(`postgres://me@h/x?sslmode=verify-ca&sslrootcert=${authority}`)).toThrow(
    /TLS settings .* cannot be used/,
  );
});
