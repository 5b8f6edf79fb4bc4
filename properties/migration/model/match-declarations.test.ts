import { expect, test } from "vitest";
import type { AuthorDeclaration } from "../../../harness/release/declarations.ts";
import type { Finding } from "../finding.ts";
import { covers, isForbidden } from "./match-declarations.ts";

const declaration = (part: Partial<AuthorDeclaration>): AuthorDeclaration => ({
  ...{ verb: "allow", object: "", file: "/up.sql", line: 1, text: "" },
  ...part,
});

const finding = (subject: string, declare?: string): Finding => ({
  ...{ kind: "k", subject, answer: declare === undefined ? "error" : "declare", expected: "", got: "" },
  ...(declare === undefined ? {} : { declare: `-- plumbline: ${declare} because …` }),
});

test.each([
  ["users.nick", "public.users.nick", true],
  ["public.users.nick", "public.users.nick", true],
  ["nick", "public.users.nick", true],
  ["app.users.nick", "public.users.nick", false],
  ["users", "public.users.nick", false],
  ["Users.Nick", "public.users.nick", true],
  ['"Users"', 'public."Users"', true],
  ["Users", 'public."Users"', false],
  ["f", "public.f(integer, text)", true],
  ["f(integer,text)", "public.f(integer, text)", true],
  ["f(text)", "public.f(integer, text)", false],
])("%s names %s: %s", (object, subject, isNamed) => {
  expect(covers(declaration({ rule: "keeps.4", object }), "keeps.4", finding(subject))).toBe(isNamed);
  expect(
    covers(declaration({ verb: "also-changes", object }), "keeps.2", finding(subject, `also-changes ${subject}`)),
  ).toBe(isNamed);
});

test("a declaration covers what its own verb says", () => {
  const lost = finding("public.posts", "deletes public.posts");

  expect(covers(declaration({ verb: "deletes", object: "posts", condition: "id = 1" }), "keeps.1", lost)).toBe(true);
  expect(covers(declaration({ verb: "also-changes", object: "posts" }), "keeps.1", lost)).toBe(false);
  expect(covers(declaration({ verb: "irreversible" }), "rolls-back.1", finding("x", "irreversible"))).toBe(true);
  const refused = { ...finding("public.users.email"), isAssumedAway: true };
  expect(covers(declaration({ verb: "assume", object: "users" }), "applies.2", refused)).toBe(true);
  expect(
    covers(declaration({ verb: "assume", object: "users" }), "applies.2", { ...refused, isAssumedAway: false }),
  ).toBe(false);
  expect(covers(declaration({ verb: "deletes", object: "posts" }), "keeps.4", finding("public.posts"))).toBe(false);
});

test("an exception covers one rule, or one object of it", () => {
  expect(covers(declaration({ rule: "keeps.4" }), "keeps.4", finding("public.f"))).toBe(true);
  expect(covers(declaration({ rule: "keeps.4" }), "keeps.5", finding("public.f"))).toBe(false);
});

test.each([
  ["sequences.1", true],
  ["still-works.1", true],
  ["re-runs.1", true],
  ["re-runs.4", false],
  ["same-for-everyone.1", true],
  ["declarations.1", true],
  ["completes.1", true],
  ["completes.10", false],
  ["keeps.4", false],
])("an exception of %s is forbidden: %s", (rule, is) => {
  expect(isForbidden(declaration({ rule }))).toBe(is);
  expect(covers(declaration({ rule }), rule, finding("public.t"))).toBe(!is);
});
