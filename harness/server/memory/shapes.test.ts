import * as library from "pg-mem";
import { parse } from "pgsql-ast-parser";
import { expect, test } from "vitest";
import { type Definition, type Shape, Shapes } from "./shapes.ts";

function definition(text: string): Definition {
  const [tree] = parse(text);
  if (tree === undefined) throw new Error(`${text} is no statement`);

  return { text, tree };
}

const table = definition("CREATE TABLE t (id serial PRIMARY KEY, a integer)");
const check = definition("ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)");

function inserted({ db }: Shape): unknown {
  db.public.none("INSERT INTO t (a) VALUES (1)");

  return db.public.many("SELECT id FROM t");
}

test("what was defined once is used again, without the rows that somebody left there", () => {
  const shapes = new Shapes(library);
  const first = shapes.further(shapes.take([]), table);
  expect(inserted(first)).toEqual([{ id: 1 }]);
  shapes.giveBack(first);

  const again = shapes.further(shapes.take([]), table);

  expect(again.db).toBe(first.db);
  expect(inserted(again)).toEqual([{ id: 1 }]);
});

test("two at the same time have nothing in common", () => {
  const shapes = new Shapes(library);
  const [one, other] = [shapes.take([table]), shapes.take([table])];
  inserted(one);

  expect(inserted(other)).toEqual([{ id: 1 }]);
});

test("a shape that goes further is no longer what it was, and its writes are prepared anew", () => {
  const shapes = new Shapes(library);
  const before = shapes.take([table]);
  before.writes.set("anything", before.db.public.prepare("INSERT INTO t (a) VALUES (-1)"));
  const after = shapes.further(before, check);

  expect(after.writes.size).toBe(0);
  expect(() => after.db.public.none("INSERT INTO t (a) VALUES (-1)")).toThrow("positive");
  expect(shapes.take([table]).db).not.toBe(after.db);
});

test("what pg-mem cannot define is said, and not kept", () => {
  const shapes = new Shapes(library);
  const twice = () => shapes.further(shapes.take([table]), table);

  expect(twice).toThrow('"t" already exists');
  expect(twice).toThrow('"t" already exists');
});
