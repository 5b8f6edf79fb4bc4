import { describe, expect, it } from "vitest";
import { findIdentifiers, findOperators } from "./body-identifiers.ts";

describe("the identifiers of a body", () => {
  it("are in lower case, unless they are quoted", () => {
    expect(findIdentifiers(`SELECT NOW(), "Odd ""Name""" FROM été`)).toEqual(
      expect.arrayContaining(["now", 'Odd "Name"', "été"]),
    );
  });

  it("are found in string literals that a body could EXECUTE", () => {
    expect(findIdentifiers("EXECUTE 'DELETE FROM accounts'")).toContain("accounts");
  });
});

describe("the operators of a body", () => {
  it("are named as PostgreSQL stores them", () => {
    expect(findOperators("IF a != b OR c||d @> e THEN")).toEqual(expect.arrayContaining(["<>", "||", "@>"]));
  });

  it("are not read from comments, whose dashes would join the operator before", () => {
    expect(findOperators("a +-- b ** c\n 1")).not.toContain("**");
  });

  it("include those that IN and CASE look up implicitly", () => {
    expect(findOperators("CASE kind WHEN 'a' THEN 1 END")).toContain("=");
  });
});
