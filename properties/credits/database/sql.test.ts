import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "../../../harness/release/parser.ts";
import { organizations, texts } from "../model/arbitraries.ts";
import { INTEGER_MAX, INTEGER_MIN, nthId } from "../model/model.ts";
import { callSql, insertAccounts, insertOrganizations, insertPastActions, literal } from "./sql.ts";

/** The parse trees of the statements, by PostgreSQL's own parser. */
async function treesOf(sql: string): Promise<readonly object[]> {
  const parsed = await parse(sql);
  if ("message" in parsed) {
    throw new Error(`${parsed.message}: ${sql}`);
  }

  return parsed.statements.map(({ tree }) => tree);
}

/** Every constant in a tree, in order: text, a number, or null. */
function constantsIn(tree: unknown): unknown[] {
  if (typeof tree !== "object" || tree === null) {
    return [];
  }
  if ("A_Const" in tree) {
    const { sval, ival, isnull } = tree.A_Const as {
      sval?: { sval?: string };
      ival?: { ival?: number };
      isnull?: boolean;
    };

    return [isnull === true ? null : ival === undefined ? (sval?.sval ?? "") : (ival.ival ?? 0)];
  }

  return Object.values(tree).flatMap(constantsIn);
}

test("a text is one constant, and PostgreSQL reads it as it was", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(texts(), fc.string({ unit: "grapheme" })), async (text) => {
      fc.pre(!text.includes("\0"));
      const trees = await treesOf(`SELECT ${literal(text)};`);

      expect(trees.map(constantsIn)).toEqual([[text]]);
    }),
  );
});

test("numbers and NULL are themselves", () => {
  expect([0, INTEGER_MAX, INTEGER_MIN, null, undefined].map(literal)).toEqual([
    "0",
    "2147483647",
    "-2147483648",
    "NULL",
    "NULL",
  ]);
});

test("each call is written as one writes it by hand", () => {
  const organization = nthId(0);
  const consume = { kind: "consume", organization, type: "ai", credits: 5 } as const;

  expect([
    callSql({ kind: "allocate", organization, plan: "O'Hara" }),
    callSql({ kind: "available", organization: null, type: null }),
    callSql(consume),
    callSql({ ...consume, description: null }),
    callSql({ ...consume, credits: -1, description: "why" }),
  ]).toEqual([
    "SELECT allocate_plan_credits('00000000-0000-4000-8000-000000000001', 'O''Hara');",
    "SELECT get_available_credits(NULL, NULL);",
    "SELECT consume_specific_credits('00000000-0000-4000-8000-000000000001', 'ai', 5);",
    "SELECT consume_specific_credits('00000000-0000-4000-8000-000000000001', 'ai', 5, NULL);",
    "SELECT consume_specific_credits('00000000-0000-4000-8000-000000000001', 'ai', -1, 'why');",
  ]);
});

test("whatever the rows hold, an insert is one statement with as many values as columns", async () => {
  await fc.assert(
    fc.asyncProperty(organizations(), texts(), async (list, text) => {
      const action = { organization: nthId(0), action: "purchase", credits: 1, description: text };
      const inserts = [insertOrganizations(list), insertAccounts(list), insertPastActions([action, action])];

      for (const [index, sql] of inserts.entries()) {
        const [tree, ...more] = (await treesOf(sql)) as {
          cols: unknown[];
          selectStmt: { SelectStmt: { valuesLists: { List: { items: unknown[] } }[] } };
        }[];
        const rows = tree?.selectStmt.SelectStmt.valuesLists.map(({ List }) => List.items.length) ?? [];

        expect(more).toEqual([]);
        expect(rows).toEqual(Array.from({ length: index === 2 ? 2 : list.length }, () => tree?.cols.length));
      }
    }),
    { numRuns: 30 },
  );
});
