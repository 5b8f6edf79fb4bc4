import { asyncProperty, check, sample } from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createRowsFixture, type RowsFixture, SHOP } from "../testing/row-schemas.ts";
import { datasets } from "./dataset.ts";
import { fillDatabase } from "./fill-database.ts";
import type { Dataset } from "./generate-row.ts";

let server: Server;
let fixture: RowsFixture;

beforeAll(async () => {
  server = await startEmbedded();
  fixture = await createRowsFixture(server, SHOP);
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** The tables of a dataset with the number of their rows. */
const countRows = (dataset: Dataset): Record<string, number> =>
  Object.fromEntries(Object.entries(dataset).map(([key, rows]) => [key.replace("public.", ""), rows.length]));

/**
 * Artificial faults: a query that finds rows which some program cannot handle, the smallest rows that it finds, and the
 * only cells that may differ from the simplest ones.
 */
const FAULTS: readonly (readonly [string, Record<string, number>, Record<string, unknown>])[] = [
  ["SELECT FROM tenants", { tenants: 1 }, {}],
  ["SELECT FROM tenants HAVING count(*) > 2", { tenants: 3 }, {}],
  ["SELECT FROM tenants WHERE plan = 'enterprise'", { tenants: 1 }, { plan: "enterprise" }],
  ["SELECT FROM tenants WHERE email IS NOT NULL", { tenants: 1 }, { email: "a" }],
  ["SELECT FROM tenants WHERE seats > 1000", { tenants: 1 }, { seats: expect.any(String) }],
  [
    "SELECT FROM users GROUP BY tenant_id, lower(login) HAVING count(*) > 1 AND count(deleted_at) > 0",
    { users: 2 },
    {},
  ],
  ["SELECT FROM users WHERE manager_id <> id", { users: 2 }, {}],
  ["SELECT FROM memberships", { memberships: 1 }, {}],
  ["SELECT FROM memberships GROUP BY tenant_id, team_id HAVING count(*) > 1", { memberships: 2 }, {}],
  ["SELECT FROM profiles WHERE cardinality(tags) = 2", { profiles: 1 }, {}],
  ["SELECT FROM subscriptions WHERE current_invoice_id IS NOT NULL", { invoices: 1, subscriptions: 1 }, {}],
  ["SELECT FROM invoices GROUP BY subscription_id HAVING count(*) > 1", { invoices: 2 }, {}],
  ["SELECT FROM events WHERE region = 'uk'", { events: 1 }, { region: "uk" }],
  ["SELECT FROM teams t JOIN bookings b USING (tenant_id) WHERE room < 0", { bookings: 1, teams: 1 }, {}],
];

describe("a fault shrinks to the smallest dataset that shows it", () => {
  test.each(FAULTS)("%s", async (query, rows, cells) => {
    const { session, plan } = fixture;
    let executions = 0;
    let first = 0;
    const details = await check(
      asyncProperty(datasets(plan), async (dataset) => {
        executions += 1;
        await session.query("BEGIN");
        await fillDatabase(session, plan, dataset);
        const found = await session.query(query);
        await session.query("ROLLBACK");
        if (found.length > 0 && first === 0) first = executions;

        return found.length === 0;
      }),
      { seed: 5, numRuns: 400 },
    );
    const [dataset = {}] = details.counterexample ?? [];

    expect(countRows(dataset)).toEqual(rows);
    for (const [name, value] of Object.entries(cells))
      expect(Object.values(dataset)[0]?.[0]?.cells).toMatchObject({ [name]: value });
    expect(executions - first).toBeLessThanOrEqual(80);
  });
});

test("the same seed gives the same datasets, another one others", () => {
  const generate = (seed: number) => sample(datasets(fixture.plan), { numRuns: 3, seed });

  expect(generate(1)).toEqual(generate(1));
  expect(generate(1)).not.toEqual(generate(2));
});

test("options choose tables, numbers of rows, and ordinary rows alone", () => {
  const [few] = sample(datasets(fixture.plan, { tables: ["public.tenants"], rowsMin: 2, rowsMax: 2 }), {
    numRuns: 1,
    seed: 1,
  });
  expect(countRows(few ?? {})).toEqual({ tenants: 2 });

  const mild = sample(datasets(fixture.plan, { levels: "mild", tables: ["public.bookings"], rowsMin: 5 }), {
    numRuns: 20,
    seed: 1,
  });
  const rooms = mild.flatMap((dataset) => (dataset["public.bookings"] ?? []).map(({ cells }) => Number(cells["room"])));
  expect(rooms.every((room) => room >= 1 && room <= 1_000_001)).toBe(true);
});

test("one row in three copies its neighbour, some in other letters", () => {
  const all = sample(datasets(fixture.plan, { tables: ["public.users"], rowsMin: 5 }), { numRuns: 60, seed: 1 });
  const pairs = all.flatMap((dataset) =>
    (dataset["public.users"] ?? [])
      .slice(1)
      .map((row, index) => [dataset["public.users"]?.[index]?.cells["login"], row.cells["login"]]),
  );
  const copies = pairs.filter(([before, login]) => before?.toLowerCase() === login?.toLowerCase());
  const swapped = copies.filter(([before, login]) => before !== login);

  expect(copies.length / pairs.length).toBeGreaterThan(0.25);
  expect(swapped.length).toBeGreaterThan(5);
});
