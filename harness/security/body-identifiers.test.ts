import { describe, expect, it } from "vitest";
import { operatorsIn, wordsIn } from "./body-identifiers.ts";

describe("the words of a body", () => {
  it("are told in lower case, unless they are quoted", () => {
    expect(wordsIn(`SELECT NOW(), "Odd ""Name""" FROM été`)).toEqual(
      expect.arrayContaining(["now", 'Odd "Name"', "été"]),
    );
  });

  it("are found in text that a body could execute", () => {
    expect(wordsIn("EXECUTE 'DELETE FROM accounts'")).toContain("accounts");
  });
});

describe("the operators of a body", () => {
  it("are told as PostgreSQL stores them", () => {
    expect(operatorsIn("IF a != b OR c||d @> e THEN")).toEqual(expect.arrayContaining(["<>", "||", "@>"]));
  });

  it("are not looked for in comments, whose dashes would hide the one before", () => {
    expect(operatorsIn("a +-- b ** c\n 1")).not.toContain("**");
  });

  it("include those that IN and CASE look up without naming them", () => {
    expect(operatorsIn("CASE kind WHEN 'a' THEN 1 END")).toContain("=");
  });
});
