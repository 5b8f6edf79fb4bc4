import { describe, expect, it } from "vitest";
import { findAddedGrants, type Grant } from "./grants.ts";

const grant = (differing: Partial<Grant> = {}): Grant => ({
  object: "table public.t",
  grantee: "bob",
  privilege: "SELECT",
  grantable: false,
  ...differing,
});

describe("added grants", () => {
  it("include every grant on a new object", () => {
    const added = grant({ object: "function public.f()", grantee: "PUBLIC", privilege: "EXECUTE" });

    expect(findAddedGrants([grant()], [grant(), added])).toEqual([added]);
  });

  it("include the grant option on a privilege that was there", () => {
    expect(findAddedGrants([grant()], [grant({ grantable: true })])).toEqual([grant({ grantable: true })]);
  });

  it("include the same privilege for another role", () => {
    expect(findAddedGrants([grant()], [grant({ grantee: "PUBLIC" })])).toHaveLength(1);
  });

  it("do not include what was revoked, such as the grant option", () => {
    expect(findAddedGrants([grant({ grantable: true }), grant({ privilege: "INSERT" })], [grant()])).toEqual([]);
  });
});
