import { expect, test } from "vitest";
import type { SnapshotTable } from "../../../harness/catalog/snapshot.ts";
import { loadParser } from "../../../harness/release/parser.ts";
import { splitStatements } from "../../../harness/release/split-statements.ts";
import { formatTaken } from "./taken-rows.ts";

const parser = await loadParser();
const column = (name: string, number: number) => ({ name, number, type: "text" });
const PAGES: SnapshotTable = {
  ...{ oid: "1", schema: "public", name: "pages", kind: "r", key: [1], rows: [["1", "a", null]] },
  columns: [column("id", 1), column("slug", 2), column("Seen", 3)],
};

test.each([
  ["UPDATE pages SET slug = 'x' WHERE slug = 'v0' AND \"Seen\" IS NULL", `slug = 'v0', "Seen" = NULL`],
  ["UPDATE public.pages AS p SET slug = 'x' FROM b WHERE p.slug IN ('a', 'b') AND b.id = p.id", "slug = 'a'"],
  ["DELETE FROM pages WHERE slug >= 'it''s' RETURNING id", "slug = 'it''s'"],
  ["DELETE FROM other.pages WHERE slug = 'a'", undefined],
  ["DELETE FROM pages WHERE length(slug) > 3", undefined],
  ["UPDATE pages SET slug = 'x'", undefined],
  ["SELECT FROM pages WHERE slug = 'a'", undefined],
])("%s", async (sql, set) => {
  const changes = formatTaken(parser, await splitStatements(sql), [PAGES]);

  expect(changes).toEqual(
    set === undefined
      ? []
      : [`UPDATE public.pages SET ${set}\nWHERE ctid = (SELECT ctid FROM public.pages ORDER BY ctid LIMIT 1);`],
  );
});

test("a row that has values where they are wanted comes first, and a table without rows is left out", async () => {
  const statements = await splitStatements("DELETE FROM pages WHERE slug = 'a' AND \"Seen\" IS NOT NULL");

  expect(formatTaken(parser, statements, [PAGES])[0]).toContain('ORDER BY "Seen" IS NULL, ctid LIMIT 1');
  expect(formatTaken(parser, statements, [{ ...PAGES, rows: [] }])).toEqual([]);
});
