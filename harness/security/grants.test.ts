import { describe, expect, it } from "vitest";
import { type Grant, moreGranted } from "./grants.ts";

const grant = (differing: Partial<Grant> = {}): Grant => ({
  object: "table public.t",
  grantee: "bob",
  privilege: "SELECT",
  grantable: false,
  ...differing,
});

describe("what is granted beyond what was", () => {
  it("is every grant on an object that was not there", () => {
    const added = grant({ object: "function public.f()", grantee: "PUBLIC", privilege: "EXECUTE" });

    expect(moreGranted([grant()], [grant(), added])).toEqual([added]);
  });

  it("is the right to grant on, where there was only the privilege", () => {
    expect(moreGranted([grant()], [grant({ grantable: true })])).toEqual([grant({ grantable: true })]);
  });

  it("is the same privilege in another's hands", () => {
    expect(moreGranted([grant()], [grant({ grantee: "PUBLIC" })])).toHaveLength(1);
  });

  it("is nothing where something was taken away, the right to grant on among it", () => {
    expect(moreGranted([grant({ grantable: true }), grant({ privilege: "INSERT" })], [grant()])).toEqual([]);
  });
});
