import { describe, expect, test } from "vitest";
import { type CreditDomain, fitAccount, fitCase } from "./domain.ts";
import { INTEGER_MAX, planAllocation, sampleAccount } from "./model.ts";

const DOMAIN = {
  names: ["Any", "Ann"],
  plans: ["free", "premium", "Enterprise"],
  statuses: ["trial"],
  totals: { least: 0, greatest: 5000, isNullable: false },
};

describe("an account is fitted to what the schema accepts", () => {
  test("what is accepted stays", () => {
    const account = sampleAccount(0, { name: "Ann", planName: "free", totalCredits: 12, status: "trial" });

    expect(fitAccount(DOMAIN, account)).toEqual(account);
  });

  test.each([
    ["enterprise", 7000],
    [" PREMIUM ", 0],
    [null, null],
    ["custom", -3],
    ["", 4000],
  ])(
    "plan %j with a pool of %j: fitting again changes nothing, and fixed plans stay fixed",
    (planName, totalCredits) => {
      const fitted = fitAccount(DOMAIN, sampleAccount(0, { name: "", planName, totalCredits, status: null }));

      expect(DOMAIN.plans).toContain(fitted.planName);
      expect(DOMAIN.names).toContain(fitted.name);
      expect(fitted.status).toBe("trial");
      expect(fitAccount(DOMAIN, fitted)).toEqual(fitted);
      expect(planAllocation(fitted.planName, 0)).toEqual(planAllocation(planName, 0));
    },
  );

  test("a pool without a lower limit of 0 gets the nearest one", () => {
    const fit = (totalCredits: number | null) => fitAccount(DOMAIN, sampleAccount(0, { totalCredits })).totalCredits;

    expect([null, -1, 9000].map(fit)).toEqual([0, 0, 5000]);
  });

  test("a pool that only a wider column holds gets the greatest one of an integer, without its fraction", () => {
    const totals = { least: 0, greatest: 9_000_000_000, isNullable: true };
    const fitTotals = (domain: CreditDomain) =>
      [6e12, 1251.25].map((totalCredits) => fitAccount(domain, sampleAccount(0, { totalCredits })).totalCredits);

    expect(fitTotals({})).toEqual([INTEGER_MAX, 1251]);
    expect(fitTotals({ totals })).toEqual([9_000_000_000, 1251]);
    expect(fitTotals({ totals: { ...totals, hasFractions: true } })).toEqual([9_000_000_000, 1251.25]);
  });

  test("the descriptions of calls are fitted to the log", () => {
    const call = { kind: "consume", organization: 0, type: "ai", credits: 1, description: "" };

    expect(fitCase({ descriptions: ["Any"] }, { calls: [call] })).toEqual({ calls: [{ ...call, description: "Any" }] });
    expect(fitCase({}, { calls: [call] })).toEqual({ calls: [call] });
  });

  test("accounts are found wherever a case has them; everything else stays as it is", () => {
    const account = sampleAccount(0, { name: "", planName: "custom", status: "active" });
    const given = { list: [account], size: { table: { accounts: [account] } }, state: { rows: 2 }, odd: null };
    const fitted = fitAccount(DOMAIN, account);

    expect(fitCase(DOMAIN, given)).toEqual({
      ...given,
      list: [fitted],
      size: { table: { accounts: [fitted] } },
    });
    expect(fitCase({}, given)).toEqual(given);
  });
});
