import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { HarnessError } from "../../errors.ts";
import { createTemporaryFolder } from "../../testing/temporary-directory.ts";
import { parseServerAddress } from "./address.ts";

const authority = join(createTemporaryFolder({ "root.crt": "the authority" }), "root.crt");

afterEach(() => vi.unstubAllEnvs());

function connectionOf(text: string, env: Record<string, string> = {}) {
  // pg reads these itself.
  for (const name of ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSSLMODE", "PGOPTIONS"]) {
    vi.stubEnv(name, env[name] ?? "");
  }

  return parseServerAddress(text, env).connection("own");
}

test("an address means what it means to psql, for any database", () => {
  expect(connectionOf("postgres://me:s%40crt@h.example:6000/theirs?sslmode=disable")).toMatchObject({
    host: "h.example",
    port: 6000,
    user: "me",
    password: "s@crt",
    database: "own",
    ssl: false,
  });
  expect(parseServerAddress("postgres://h/theirs%20too", {}).database).toBe("theirs too");
  expect(parseServerAddress("postgres://h", {}).database).toBe("postgres");
});

test("a socket is named by its folder, with a role or without, and never uses TLS", () => {
  for (const text of ["postgres://me@/x?host=/run/pg&sslmode=require", "postgres://me@%2Frun%2Fpg/x"]) {
    expect(connectionOf(text)).toMatchObject({ host: "/run/pg", user: "me", ssl: false });
  }
});

test("the PG* variables complete an address", () => {
  const env = { PGHOST: "elsewhere", PGUSER: "pg-user", PGPASSWORD: "known", PGDATABASE: "theirs" };
  expect(connectionOf("postgres://", env)).toMatchObject({
    host: "elsewhere",
    user: "pg-user",
    password: "known",
  });
  expect(parseServerAddress("postgres://", env).database).toBe("theirs");
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

test("TLS is optional only if the address does not require it", () => {
  const prefers = (query: string) => parseServerAddress(`postgres://me@h/x${query}`, {}).prefersTls;
  expect([prefers(""), prefers("?sslmode=prefer"), prefers("?sslmode=require"), prefers("?ssl=true")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("options of the address apply, and other clients' parameters and variables do not", () => {
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
])("%j is rejected without being shown", (text) => {
  const thrown = (() => {
    try {
      return parseServerAddress(text, {});
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(HarnessError);
  expect(`${String(thrown)} ${JSON.stringify(thrown)} ${(thrown as HarnessError).stack}`).not.toMatch(/sec#?ret/);
});

test("an unreadable certificate is reported", () => {
  rmSync(authority);
  expect(() => connectionOf(`postgres://me@h/x?sslmode=verify-ca&sslrootcert=${authority}`)).toThrow(
    /TLS settings .* cannot be used/,
  );
});
