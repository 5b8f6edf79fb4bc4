import { expect, test } from "vitest";
import { makeStep } from "../testing/example-release.ts";
import { isMentioned } from "./mentions.ts";

test.each([
  ["users", true],
  ["public.users", true],
  ["Users", true],
  ["user", false],
  ["sers", false],
  ["u.ers", false],
])("%s: %s", async (name, isThere) => {
  const steps = [await makeStep("1.sql", "SELECT 1;"), await makeStep("2.sql", 'CREATE TABLE "users" (id int);')];

  expect(isMentioned(steps, name)).toBe(isThere);
});
