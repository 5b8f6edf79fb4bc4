import { expect, test } from "vitest";
import { isAboutObject } from "./about-object.ts";

const differences = [
  { kind: "added", object: 'index public."Old Index"' },
  { kind: "removed", object: "column public.users.email" },
  { kind: "added", object: "function public.f(integer)" },
] as const;

test.each([
  ["42P07", 'relation "Old Index" already exists', true],
  ["42703", 'column "email" of relation "people" does not exist', true],
  ["42723", 'function "f" already exists with same argument types', true],
  ["42P07", 'relation "users_key" already exists', false],
  ["23505", 'duplicate key value violates unique constraint "Old Index"', false],
])("%s, %s: %s", (code, message, expected) => {
  expect(isAboutObject({ code, message }, differences)).toBe(expected);
});
