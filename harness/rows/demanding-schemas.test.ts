/** Schemas of kinds that real ones are: of some each row has to be accepted, of others those that replace rejected ones. */
import { sample } from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Server } from "../database/server.ts";
import type { Session } from "../database/session.ts";
import { splitStatements } from "../release/split-statements.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { createRowsFixture } from "../testing/row-schemas.ts";
import { datasets } from "./dataset.ts";
import { fillDatabase } from "./fill-database.ts";
import { formatInserts } from "./insert-script.ts";

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
  "a domain that is NOT NULL": `
    CREATE DOMAIN base_name AS text NOT NULL;
    CREATE DOMAIN full_name AS base_name;
    CREATE TABLE plans (id serial PRIMARY KEY, name full_name, title base_name);
    CREATE TABLE plan_names (name full_name);`,
  "a trigger that refuses some rows": `
    CREATE TABLE runs (id serial PRIMARY KEY, state text DEFAULT 'queued', filter text, started int, ended int);
    CREATE FUNCTION check_run() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      -- IF NEW.state IS NULL THEN RAISE EXCEPTION 'not this one';
      IF NEW.state IS NULL OR NEW.state <> 'started' THEN RAISE EXCEPTION 'state can only be ''started'''; END IF;
      CASE WHEN NEW.filter IS NOT NULL THEN RAISE 'filter is deprecated'; WHEN NEW.started IS NULL THEN RAISE 'no start';
        ELSE NULL; END CASE;
      IF TG_OP = 'INSERT' THEN IF NEW.ended IS NOT NULL THEN RAISE EXCEPTION 'ended'; END IF; END IF;
      RETURN NEW; END $$;
    CREATE TRIGGER check_run BEFORE INSERT ON runs FOR EACH ROW EXECUTE FUNCTION check_run();`,
  "a parent's key that a domain of the child limits": `
    CREATE DOMAIN scope_id AS text CHECK (length(VALUE) > 10 OR VALUE IN ('global', 'team', 'person', 'room', 'all', 'none'));
    CREATE DOMAIN public_id AS text CHECK (length(VALUE) > 10);
    CREATE TABLE scopes (id scope_id PRIMARY KEY);
    CREATE TABLE projects (id public_id PRIMARY KEY, scope public_id NOT NULL REFERENCES scopes);`,
  "a child and a parent that refer to each other": `
    CREATE TABLE confs (id serial PRIMARY KEY, method text NOT NULL, UNIQUE (method, id));
    CREATE TABLE methods (id text PRIMARY KEY, conf integer NOT NULL);
    ALTER TABLE confs ADD FOREIGN KEY (method) REFERENCES methods DEFERRABLE INITIALLY DEFERRED;
    ALTER TABLE methods ADD FOREIGN KEY (id, conf) REFERENCES confs (method, id) DEFERRABLE INITIALLY DEFERRED;
    CREATE TABLE accounts (id serial PRIMARY KEY, method text NOT NULL REFERENCES methods);`,
  "two parents of which a trigger inserts the one for the other": `
    CREATE TABLE stores (id text PRIMARY KEY);
    CREATE TABLE vaults (id text PRIMARY KEY REFERENCES stores);
    CREATE FUNCTION insert_store() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO public.stores (id) VALUES (NEW.id); RETURN NEW; END $$;
    CREATE TRIGGER insert_store BEFORE INSERT ON vaults FOR EACH ROW EXECUTE FUNCTION insert_store();
    CREATE TABLE libraries (id serial PRIMARY KEY, store text NOT NULL REFERENCES stores,
      FOREIGN KEY (store) REFERENCES vaults);`,
  "a text without padding, and one with a prefix": `
    CREATE TABLE tags (id serial PRIMARY KEY, name text NOT NULL CHECK (btrim(name) = name),
      condition text NOT NULL CHECK ("left"(condition, 4) = 'dns:' OR "left"(condition, 5) = 'cidr:'));`,
  "a host name of a pattern that looks ahead": `
    CREATE TABLE aliases (id serial PRIMARY KEY, value text NOT NULL UNIQUE
      CHECK (value ~ '^(?!-)[a-z0-9-]{0,62}[a-z0-9](\\.((?!-)[a-z0-9-]{0,62}[a-z0-9]))*$'));`,
  "one row at most with a flag": `
    CREATE TABLE templates (id serial PRIMARY KEY, is_default boolean NOT NULL DEFAULT false);
    CREATE UNIQUE INDEX ON templates (is_default) WHERE is_default = true;`,
  "a column that is another table's key and has a sequence": `
    CREATE TABLE steps (id serial PRIMARY KEY);
    CREATE TABLE logs (id serial PRIMARY KEY REFERENCES steps, line text NOT NULL);
    CREATE TABLE log_lines (log integer NOT NULL REFERENCES logs);`,
  "a column that equals a parent's key in some rows": `
    CREATE TABLE users (id serial PRIMARY KEY);
    CREATE TABLE families (id serial PRIMARY KEY, admin integer NOT NULL REFERENCES users, member integer NOT NULL, state text NOT NULL,
      CHECK ((admin <> member AND state = 'invited') OR (admin = member AND state = 'self')), UNIQUE (admin, member));`,
  "a folded text without padding, and a time zone": `
    CREATE TABLE keys (id serial PRIMARY KEY, name text NOT NULL UNIQUE CHECK (lower(TRIM(BOTH FROM name)) = name));
    CREATE TABLE settings (id serial PRIMARY KEY, zone text CHECK (zone IS NULL OR (now() AT TIME ZONE zone) IS NOT NULL));`,
  "functions that return a condition on their argument": `
    CREATE FUNCTION is_padded(text) RETURNS boolean LANGUAGE sql AS 'SELECT btrim($1) <> $1';
    CREATE FUNCTION is_clean(word text, most int) RETURNS boolean LANGUAGE sql AS 'SELECT NOT is_padded(word) AND length(word) <= most';
    CREATE TABLE words (id serial PRIMARY KEY, word text NOT NULL UNIQUE, shout text NOT NULL,
      CHECK (is_clean(word, 12)), CHECK (is_clean(shout, 8) AND shout = upper(shout)));`,
  "a condition of which a part is not understood": `
    CREATE TABLE hints (id serial PRIMARY KEY, hint text NOT NULL,
      CHECK (md5(hint) < reverse(hint) AND reverse(hint) < md5(hint) OR length(hint) BETWEEN 21 AND 23));`,
  "triggers that look for a parent, and compare the row with it": `
    CREATE TABLE rooms (id text PRIMARY KEY, kind text NOT NULL);
    CREATE TABLE events (id text PRIMARY KEY, room text NOT NULL REFERENCES rooms, lang text NOT NULL);
    CREATE TABLE states (event text NOT NULL UNIQUE REFERENCES events, room text NOT NULL REFERENCES rooms);
    CREATE FUNCTION check_state() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF EXISTS (SELECT 1 FROM events WHERE events.id = NEW.event AND events.room != NEW.room) THEN
        RAISE EXCEPTION 'wrong room'; END IF;
      RETURN NEW; END $$;
    CREATE TRIGGER check_state BEFORE INSERT ON states FOR EACH ROW EXECUTE FUNCTION check_state();
    CREATE TABLE replies (id serial PRIMARY KEY, event text NOT NULL, lang text NOT NULL, note text NOT NULL UNIQUE);
    CREATE FUNCTION check_reply() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE event_lang text; BEGIN
      IF EXISTS (SELECT 1 FROM replies r WHERE r.note = NEW.note) THEN RAISE EXCEPTION 'twice'; END IF;
      SELECT lang INTO event_lang FROM public.events WHERE id = NEW.event;
      IF NOT FOUND THEN RAISE EXCEPTION 'no event'; END IF;
      IF event_lang <> NEW.lang THEN RAISE EXCEPTION 'wrong language'; END IF;
      RETURN NEW; END $$;
    CREATE TRIGGER check_reply BEFORE INSERT ON replies FOR EACH ROW EXECUTE FUNCTION check_reply();`,
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

const LEARNED: Readonly<Record<string, string>> = {
  "a trigger that refuses what is not needed": `
    CREATE TABLE posts (id serial PRIMARY KEY, buckets int[] NOT NULL DEFAULT '{}', note text, lang text NOT NULL);
    CREATE FUNCTION check_post() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF array_length(NEW.buckets, 1) > 0 AND length(md5(NEW.lang)) = 32 THEN RAISE EXCEPTION 'buckets'; END IF;
      RETURN NEW; END $$;
    CREATE TRIGGER check_post BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION check_post();
    CREATE FUNCTION check_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.note IS NULL THEN RETURN NEW; END IF;
      IF md5(NEW.note) <> 'x' THEN RAISE EXCEPTION 'note'; END IF;
      RETURN NEW; END $$;
    CREATE TRIGGER check_note BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION check_note();`,
  "a deferred trigger that wants a child": `
    CREATE TABLE methods (id serial PRIMARY KEY);
    CREATE TABLE certificates (id serial PRIMARY KEY, method integer NOT NULL REFERENCES methods);
    CREATE TABLE urls (id serial PRIMARY KEY, method integer NOT NULL REFERENCES methods);
    CREATE FUNCTION want_url() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NOT EXISTS (SELECT FROM public.urls WHERE method = NEW.id) THEN RAISE EXCEPTION 'no url'; END IF;
      RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER want_url AFTER INSERT ON methods DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION want_url();`,
  "a deferred trigger that deletes what is not used": `
    CREATE TABLE tags (id serial PRIMARY KEY, name text NOT NULL);
    CREATE TABLE areas (id serial PRIMARY KEY);
    CREATE TABLE area_tags (area integer NOT NULL REFERENCES areas, tag integer NOT NULL REFERENCES tags);
    CREATE FUNCTION delete_unused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      DELETE FROM public.tags WHERE id = NEW.id; RETURN NULL;
      EXCEPTION WHEN foreign_key_violation THEN RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER delete_unused AFTER INSERT ON tags DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION delete_unused();`,
  "a trigger that refers to one certain row": `
    CREATE TABLE kinds (id serial PRIMARY KEY, parent integer NOT NULL REFERENCES kinds, name text NOT NULL);
    CREATE TABLE instruments (id serial PRIMARY KEY, name text NOT NULL);
    CREATE FUNCTION insert_kind() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO public.kinds (id, parent, name) VALUES (NEW.id + 500000, 14, NEW.name); RETURN NEW; END $$;
    CREATE TRIGGER insert_kind AFTER INSERT ON instruments FOR EACH ROW EXECUTE FUNCTION insert_kind();`,
  "a table that a trigger fills for some rows": `
    CREATE TABLE scopes (id text PRIMARY KEY, kind text NOT NULL CHECK (kind IN ('org', 'project')));
    CREATE TABLE projects (id text PRIMARY KEY REFERENCES scopes);
    CREATE FUNCTION insert_project() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.kind = 'project' THEN INSERT INTO public.projects (id) VALUES (NEW.id); END IF; RETURN NEW; END $$;
    CREATE TRIGGER insert_project AFTER INSERT ON scopes FOR EACH ROW EXECUTE FUNCTION insert_project();
    CREATE FUNCTION only_from_scopes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF pg_trigger_depth() < 2 THEN RAISE EXCEPTION 'insert a scope'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER only_from_scopes BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION only_from_scopes();
    CREATE TABLE targets (id serial PRIMARY KEY, project text NOT NULL REFERENCES projects);`,
};

test.each(Object.keys(LEARNED))(
  "%s: rejected rows are replaced, and a script has those that are there",
  async (name) => {
    await using fixture = await createRowsFixture(server, LEARNED[name] ?? "");
    await using other = await createRowsFixture(server, LEARNED[name] ?? "");
    const [dataset] = sample(datasets(fixture.plan, { rowsMin: ROWS, rowsMax: ROWS }), { numRuns: 1, seed: 1 });
    const filled = await fillDatabase(fixture.session, fixture.plan, dataset ?? {});
    // Each statement is a transaction of its own, as in psql.
    for (const { text } of await splitStatements(formatInserts(filled), "rows.sql")) await other.session.query(text);
    const count = async (session: Session, key: string): Promise<number> =>
      (await session.query(`SELECT FROM ${key}`)).length;

    expect(filled.flatMap(({ rejected }) => rejected)).not.toEqual([]);
    for (const { key, unfillable } of fixture.plan.tables) {
      const rows = await count(fixture.session, key);
      expect([key, rows >= (unfillable === undefined ? ROWS : 1)]).toEqual([key, true]);
      expect([key, await count(other.session, key)]).toEqual([key, rows]);
    }
  },
);
