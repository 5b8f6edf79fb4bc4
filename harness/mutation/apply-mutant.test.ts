import { expect, test } from "vitest";
import { HarnessError } from "../errors.ts";
import { makeRelease, makeStep } from "../testing/example-release.ts";
import { applyMutant } from "./apply-mutant.ts";
import type { Mutant, SourceEdit } from "./mutant.ts";

function mutantWith(...edits: readonly SourceEdit[]): Mutant {
  return {
    id: "0123456789ab",
    operator: "some",
    family: "script",
    step: "1.sql",
    list: "migrate",
    statement: 0,
    line: 1,
    column: 1,
    original: "",
    replacement: "",
    description: "",
    edits,
  };
}

test("the step is split again, in every list that the file is in", async () => {
  const release = await makeRelease("SELECT 1; SELECT 2;", "SELECT 3;");
  const lists = { ...release.lists, "rollback.controlled": release.lists.migrate };
  const both = { ...release, lists };
  const applied = await applyMutant(
    both,
    mutantWith({ start: 7, end: 8, text: "10" }, { start: 9, end: 19, text: "" }),
  );

  if (applied.kind === "invalid") throw new Error(applied.message);
  expect(applied.step.statements.map(({ text }) => text)).toEqual(["SELECT 10"]);
  expect(applied.release.lists.migrate).toEqual([applied.step, release.lists.migrate[1]]);
  expect(applied.release.lists["rollback.controlled"]).toEqual([applied.step, release.lists.migrate[1]]);
  expect(release.lists.migrate[0]?.source).toBe("SELECT 1; SELECT 2;");
});

test("a mutant that PostgreSQL does not parse is invalid, and says why", async () => {
  const release = await makeRelease("SELECT 1;");

  expect(await applyMutant(release, mutantWith({ start: 7, end: 8, text: "FROM FROM" }))).toEqual({
    kind: "invalid",
    message: '1.sql:1:13: syntax error at or near "FROM"',
  });
});

test("a mutant whose body PL/pgSQL does not parse is invalid", async () => {
  const release = await makeRelease("\nDO $$BEGIN NULL; END$$;");

  expect(await applyMutant(release, mutantWith({ start: 12, end: 16, text: "EXIT" }))).toEqual({
    kind: "invalid",
    message: "1.sql, the statement in line 2: EXIT cannot be used outside a loop, unless it has a label",
  });
});

test("a function in standard SQL has no body for PL/pgSQL", async () => {
  const release = await makeRelease(
    "CREATE FUNCTION one() RETURNS integer RETURN 1;",
    "CREATE FUNCTION two() RETURNS integer BEGIN ATOMIC SELECT 2; END;",
  );
  const applied = await applyMutant(release, mutantWith({ start: 45, end: 46, text: "10" }));

  expect(applied).toMatchObject({ kind: "applied", step: { source: /RETURN 10/ } });
});

test("an error in an unchanged body does not make the mutant invalid", async () => {
  const release = await makeRelease("DO $$BEGIN unknown := 1; END$$; SELECT 1;");

  expect(await applyMutant(release, mutantWith({ start: 39, end: 40, text: "2" }))).toMatchObject({
    kind: "applied",
  });
});

test("a mutant of an unknown step is an error", async () => {
  const release = {
    ...(await makeRelease()),
    lists: { baseline: [], migrate: [await makeStep("other.sql", "SELECT 1")] },
  };

  await expect(applyMutant(release, mutantWith())).rejects.toBeInstanceOf(HarnessError);
});
