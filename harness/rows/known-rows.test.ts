import { afterAll, beforeAll, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createRowsFixture } from "../testing/row-schemas.ts";
import { KnownRows } from "./known-rows.ts";
import { findFilledByTriggers, readTriggerRows } from "./trigger-rows.ts";

let server: Server;

beforeAll(async () => {
  server = await startEmbedded();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const SCOPES = `
CREATE TABLE scopes (id text PRIMARY KEY);
CREATE TABLE projects (id text PRIMARY KEY REFERENCES scopes);
CREATE TABLE logs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), scope text NOT NULL REFERENCES scopes);
CREATE TABLE targets (project text NOT NULL REFERENCES projects, log uuid REFERENCES logs);
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO public.projects (id) VALUES (NEW.id); INSERT INTO public.logs (scope) VALUES (NEW.id); RETURN NEW; END $$;
CREATE TRIGGER fill AFTER INSERT ON scopes FOR EACH ROW EXECUTE FUNCTION fill();`;

test("the rows that a trigger inserted are parents, and those that are not there are none", async () => {
  await using fixture = await createRowsFixture(server, SCOPES);
  const { plan, session } = fixture;
  const of = plan.byKey.get("public.projects");
  const [link] = plan.byKey.get("public.targets")?.links.filter(({ parent }) => parent === of?.key) ?? [];
  const known = new KnownRows(plan, {});
  if (of === undefined || link === undefined) throw new Error("the schema has both tables");
  known.add(of, { id: "rejected" });
  await session.query("INSERT INTO scopes VALUES ('b'), ('a')");
  known.learn(await readTriggerRows(session, findFilledByTriggers(plan)));

  expect(known.parents.of(of.key)).toEqual([{}, { id: "b" }, { id: "a" }]);
  expect(known.parents.find(link, { cells: {}, set: new Set() }, 0)).toBe(1);
  expect(known.findCollision(of, { id: "a" })).toMatchObject({ columns: ["id"] });
});

test("a table whose keys are others each time is not read", async () => {
  await using fixture = await createRowsFixture(server, SCOPES);

  expect(findFilledByTriggers(fixture.plan).map(({ key }) => key)).toEqual(["public.projects"]);
});
