/** Schemas of kinds that real ones are, and of which each row has to be accepted. */
import { sample } from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createRowsFixture } from "../testing/row-schemas.ts";
import { datasets } from "./dataset.ts";
import { fillDatabase } from "./fill-database.ts";

let server: Server;

beforeAll(async () => {
  server = await startEmbedded();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const ROWS = 5;

const SCHEMAS: Readonly<Record<string, string>> = {
  "a function that asks for a kind of parent": `
    CREATE TYPE app_kind AS ENUM ('web', 'native', 'machine', 'saml', 'spa');
    CREATE TABLE apps (id serial PRIMARY KEY, kind app_kind NOT NULL);
    CREATE FUNCTION is_kind(app integer, wanted app_kind) RETURNS boolean LANGUAGE sql
      AS 'SELECT kind = wanted FROM public.apps WHERE id = app';
    CREATE TABLE saml_configs (app_id integer PRIMARY KEY REFERENCES apps, CHECK (is_kind(app_id, 'saml')));
    CREATE TABLE secrets (id serial PRIMARY KEY, app_id integer NOT NULL REFERENCES apps CHECK (is_kind(app_id, 'machine')));`,
  "a foreign key that a CHECK fixes in part": `
    CREATE TABLE models (kind text NOT NULL, id integer NOT NULL, PRIMARY KEY (kind, id));
    CREATE TABLE grants (id serial PRIMARY KEY, kind text NOT NULL CHECK (kind = 'Grant'), model_id integer NOT NULL,
      FOREIGN KEY (kind, model_id) REFERENCES models);`,
  "a number in a CHECK that no parent has": `
    CREATE TABLE kinds (id serial PRIMARY KEY, name text NOT NULL);
    CREATE TABLE aliases (id serial PRIMARY KEY, kind integer REFERENCES kinds, ended boolean NOT NULL,
      CHECK (kind <> 3 OR (kind = 3 AND NOT ended)));
    CREATE TABLE labels (id serial PRIMARY KEY, kind integer NOT NULL REFERENCES kinds, ended boolean NOT NULL,
      CHECK (kind <> 3 OR (kind = 3 AND NOT ended)));`,
  "a pair of parents that must differ, or be in order": `
    CREATE TABLE nodes (id serial PRIMARY KEY, name text NOT NULL);
    CREATE TABLE edges (id serial PRIMARY KEY, source integer NOT NULL REFERENCES nodes,
      target integer NOT NULL REFERENCES nodes, CHECK (source <> target));
    CREATE TABLE ordered (a integer NOT NULL REFERENCES nodes, b integer NOT NULL REFERENCES nodes, CHECK (a < b),
      PRIMARY KEY (a, b));`,
  "a trigger that inserts the row's parent": `
    CREATE TABLE scopes (id text PRIMARY KEY);
    CREATE TABLE methods (scope text NOT NULL REFERENCES scopes, id text PRIMARY KEY, UNIQUE (scope, id));
    CREATE TABLE oidc_methods (scope text NOT NULL, id text PRIMARY KEY, issuer text NOT NULL,
      FOREIGN KEY (scope, id) REFERENCES methods (scope, id));
    CREATE FUNCTION insert_method() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO public.methods (scope, id) VALUES (NEW.scope, NEW.id); RETURN NEW; END $$;
    CREATE TRIGGER insert_method BEFORE INSERT ON oidc_methods FOR EACH ROW EXECUTE FUNCTION insert_method();`,
  "a column that is computed from others": `
    CREATE TABLE sources (hash bytea PRIMARY KEY CHECK (hash = sha256(code)), code bytea NOT NULL);
    CREATE TABLE lines (id serial PRIMARY KEY, price integer NOT NULL, quantity integer NOT NULL CHECK (quantity < 9),
      total integer NOT NULL, folded text, name text NOT NULL, CHECK (total = price * quantity AND price BETWEEN 0 AND 99),
      CHECK (folded = lower(name)), CHECK (name ~ '^[A-Z]{3,9}$'));`,
  "a trigger that counts": `
    CREATE TABLE artists (id serial PRIMARY KEY, releases smallint NOT NULL, CHECK (releases >= 0));
    CREATE TABLE releases (id serial PRIMARY KEY, artist integer NOT NULL REFERENCES artists);
    CREATE FUNCTION count_release() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      UPDATE public.artists SET releases = releases + 1 WHERE id = NEW.artist; RETURN NEW; END $$;
    CREATE TRIGGER count_release AFTER INSERT ON releases FOR EACH ROW EXECUTE FUNCTION count_release();`,
  "a trigger that reads a number from a text": `
    CREATE TABLE builds (id serial PRIMARY KEY, number varchar NOT NULL, unique_number integer);
    CREATE FUNCTION set_number() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      NEW.unique_number := NEW.number; RETURN NEW; END $$;
    CREATE TRIGGER set_number BEFORE INSERT ON builds FOR EACH ROW EXECUTE FUNCTION set_number();`,
  "CHECKs that contradict each other in some alternatives": `
    CREATE TABLE roles (id serial PRIMARY KEY, owner integer, permissions text[] NOT NULL,
      CHECK (owner IS NULL OR cardinality(permissions) > 0), CHECK (owner IS NOT NULL OR cardinality(permissions) = 0));
    CREATE TABLE providers (id serial PRIMARY KEY, kind text NOT NULL CHECK (kind IN ('oauth', 'oidc')), url text, issuer text,
      CHECK (kind <> 'oauth' OR url IS NOT NULL), CHECK (kind <> 'oidc' OR issuer IS NOT NULL), CHECK (url IS NULL OR url LIKE 'https://%'));
    CREATE TABLE reports (id serial PRIMARY KEY, a integer, b integer, c integer, d integer, e integer, f integer, g integer,
      CHECK (num_nonnulls(a, b, c, d, e, f, g) = 1));`,
  "texts of a pattern without letters of one case, each one different": `
    CREATE TABLE images (id serial PRIMARY KEY, source varchar(255) NOT NULL UNIQUE CHECK (source ~* '^https?://'));`,
  "one row at most with a flag": `
    CREATE TABLE templates (id serial PRIMARY KEY, is_default boolean NOT NULL DEFAULT false);
    CREATE UNIQUE INDEX ON templates (is_default) WHERE is_default = true;`,
};

test.each(Object.keys(SCHEMAS))("%s", async (name) => {
  await using fixture = await createRowsFixture(server, SCHEMAS[name] ?? "");
  for (const seed of [1, 2, 3]) {
    const [dataset] = sample(datasets(fixture.plan, { rowsMin: ROWS, rowsMax: ROWS }), { numRuns: 1, seed });
    await fixture.session.query("BEGIN");
    const filled = await fillDatabase(fixture.session, fixture.plan, dataset ?? {});
    await fixture.session.query("ROLLBACK");

    expect(filled.map(({ of, accepted }) => [of.key, accepted.length >= ROWS])).toEqual(
      fixture.plan.tables.map(({ key }) => [key, true]),
    );
    expect(filled.flatMap(({ rejected }) => rejected)).toEqual([]);
  }
});
