import { expect, test } from "vitest";
import { redact } from "./redact.ts";

test.each([
  ["postgres://me:secret@host/db", "postgres://me:****@host/db"],
  ["postgresql://me:se:cr@et@host/db", "postgresql://me:****@host/db"],
  ["postgres://:secret@host", "postgres://:****@host"],
  ["no server (postgres://me:secret@a/b) and postgres://me:secret@c/d", null],
  ["postgres://me@host/db?password=secret&sslmode=require", "postgres://me@host/db?password=****&sslmode=require"],
  ["host=h password='my secret' user=me", "host=h password=**** user=me"],
  ["CREATE ROLE me PASSWORD 'my ''secret' LOGIN", "CREATE ROLE me PASSWORD '****' LOGIN"],
  ["ALTER ROLE me ENCRYPTED PASSWORD\nE'a\\'secret'", "ALTER ROLE me ENCRYPTED PASSWORD\nE'****'"],
  ["(in: CREATE USER me password 'my secre…", "(in: CREATE USER me password '****'"],
  ['"PGPASSWORD=secret"', '"PGPASSWORD=****"'],
])("%j is redacted", (text, shown) => {
  expect(redact(text)).not.toMatch(/se:?cr/);
  if (shown !== null) expect(redact(text)).toBe(shown);
});

test("text without a password is unchanged", () => {
  const text = "postgres://me@host:5432/db?sslmode=require, and 10:30 at the office";
  expect(redact(text)).toBe(text);
});
