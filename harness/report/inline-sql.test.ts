import { expect, test } from "vitest";
import { formatSqlToPaste } from "./inline-sql.ts";

const plain = { colour: false, width: 80 };

test("files of the release are named once each, and what is generated is shown", () => {
  const script = [
    { title: "1.sql", sql: "SELECT 1;", isFromRelease: true },
    { title: "1.sql", sql: "SELECT 2;", isFromRelease: true },
    { title: "rows", sql: "INSERT INTO t VALUES (1);" },
    { title: "reproduces the violation: 2.sql", sql: "SELECT 3;", isFromRelease: true },
  ];

  expect(formatSqlToPaste(script, plain)).toEqual([
    "-- of the release, left out: 1.sql",
    "-- rows",
    "INSERT INTO t VALUES (1);",
    "-- of the release, left out: 2.sql",
  ]);
});
