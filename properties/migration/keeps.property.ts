/** Rules `keeps`: what the statements of a migration do not name stays as it was. */
import type { Snapshot } from "../../harness/catalog/snapshot.ts";
import type { Note } from "../../harness/property/verdict.ts";
import { loadParser } from "../../harness/release/parser.ts";
import { listBodies, Targets } from "../../harness/release/targets/targets.ts";
import { applyWithin } from "./apply-within.ts";
import { findLostValue } from "./cast-back.ts";
import type { Finding } from "./finding.ts";
import { findRowChanges } from "./model/changed-rows.ts";
import { findInvalid } from "./model/invalid-parts.ts";
import {
  describeAttributeChanges,
  describeInvalidIndex,
  describeLostValue,
  describeRowChange,
  describeVanished,
} from "./model/keeps-findings.ts";
import { findAttributeChanges } from "./model/recreated-objects.ts";
import { findRetyped, isParsed } from "./model/retyped-columns.ts";
import { findVanished } from "./model/vanished-objects.ts";
import type { MigrationObservation } from "./observation.ts";
import { rule } from "./rule.ts";
import type { MigrationWorld } from "./world.ts";

const CASCADES = `CREATE TABLE users (id int PRIMARY KEY, email text);
CREATE TABLE posts (id int PRIMARY KEY, author int NOT NULL REFERENCES users ON DELETE CASCADE);`;

export const keepsRows = rule("keeps.1", "rows of tables that no statement writes neither vanish nor appear", {
  holds: (observation, world) =>
    confirm(observation, world, (before, after, targets) =>
      findRowChanges(before, after, targets)
        .filter(({ kind }) => kind !== "changed")
        .map(describeRowChange),
    ),
  bad: { before: CASCADES, up: "DELETE FROM users WHERE email IS NULL;" },
  good: {
    before: CASCADES,
    up: `DELETE FROM posts USING users WHERE users.id = posts.author AND users.email IS NULL;
DELETE FROM users WHERE email IS NULL;`,
  },
});

const VERSIONED = `CREATE TABLE notes (id int PRIMARY KEY, body text NOT NULL, version int NOT NULL DEFAULT 1);
CREATE FUNCTION count_version() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.version := OLD.version + 1; RETURN NEW; END $$;
CREATE TRIGGER count_version BEFORE UPDATE OF body ON notes FOR EACH ROW EXECUTE FUNCTION count_version();`;

export const keepsCells = rule("keeps.2", "columns that no statement assigns keep their values", {
  holds: (observation, world) =>
    confirm(observation, world, (before, after, targets) =>
      findRowChanges(before, after, targets)
        .filter(({ kind }) => kind === "changed")
        .map(describeRowChange),
    ),
  bad: { before: VERSIONED, up: "UPDATE notes SET body = lower(body) || '.';" },
  good: { before: VERSIONED, up: "ALTER TABLE notes ADD COLUMN label text;\nUPDATE notes SET label = lower(body);" },
});

const PRICES = "CREATE TABLE prices (id int PRIMARY KEY, amount numeric(12, 4) NOT NULL);";

export const keepsValues = rule("keeps.3", "a retyped column, cast back, has the values that it had", {
  async holds({ before, after, rows }, world) {
    const columns = findRetyped(before, after, await readTargets(world, before));
    if (columns.every(({ values }) => values.length === 0)) return [];
    const db = await world.open(rows);
    await applyWithin(db.session, world.release.lists.migrate);
    const findings: Finding[] = [];
    for (const column of columns) {
      const lost = await findLostValue(db.session, column);
      if (lost === undefined) continue;
      const finding = describeLostValue(column, lost);
      if (isParsed(column)) noteOnce(world, { rule: "keeps.3", subject: finding.subject, text: finding.got });
      else findings.push(finding);
    }

    return findings;
  },
  bad: { before: PRICES, up: "ALTER TABLE prices ALTER COLUMN amount TYPE numeric(12, 1);" },
  good: { before: PRICES, up: "ALTER TABLE prices ALTER COLUMN amount TYPE numeric(16, 4);" },
});

const REPORT = `CREATE TABLE progress (id int PRIMARY KEY, owner text NOT NULL, step varchar(20) NOT NULL);
ALTER TABLE progress ENABLE ROW LEVEL SECURITY;
CREATE VIEW report WITH (security_invoker = true) AS SELECT owner, step FROM progress;`;

export const keepsAttributes = rule(
  "keeps.4",
  "an object that is recreated keeps its owner, privileges, options, row security and settings",
  {
    async holds({ before, after }, world) {
      const changes = findAttributeChanges(before, after, await readTargets(world, before));
      for (const { object, attribute } of changes) {
        if (attribute === "comment")
          noteOnce(world, { rule: "keeps.4", subject: object, text: "it was recreated without its comment" });
      }

      return describeAttributeChanges(changes.filter(({ attribute }) => attribute !== "comment"));
    },
    bad: {
      before: REPORT,
      up: `DROP VIEW report;
ALTER TABLE progress ALTER COLUMN step TYPE text;
CREATE VIEW report AS SELECT owner, step FROM progress;`,
    },
    good: {
      before: REPORT,
      up: `DROP VIEW report;
ALTER TABLE progress ALTER COLUMN step TYPE text;
CREATE VIEW report WITH (security_invoker = true) AS SELECT owner, step FROM progress;`,
    },
  },
);

const VIEWED = `CREATE TABLE drafts (id int PRIMARY KEY, body text);
CREATE VIEW recent AS SELECT id FROM drafts;`;

export const keepsObjects = rule(
  "keeps.5",
  "relations, policies, triggers and functions vanish by their own name only",
  {
    async holds({ before, after }, world) {
      const vanished = findVanished(before, after, await readTargets(world, before));
      for (const { object, kind } of vanished) {
        if (kind === "part")
          noteOnce(world, { rule: "keeps.5", subject: object, text: "it went with something that it depended on" });
      }

      return vanished.filter(({ kind }) => kind === "object").map(describeVanished);
    },
    bad: { before: VIEWED, up: "DROP TABLE drafts CASCADE;" },
    good: { before: VIEWED, up: "DROP VIEW recent;\nDROP TABLE drafts;" },
  },
);

const EVENTS = `CREATE TABLE events (at date NOT NULL, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_2030 PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');`;

export const keepsValid = rule("keeps.6", "no invalid index is left behind", {
  holds({ before, after }, world) {
    const parts = findInvalid(before, after);
    for (const { object, kind } of parts) {
      if (kind === "constraint") noteOnce(world, { rule: "keeps.6", subject: object, text: "it is left NOT VALID" });
    }

    return parts.filter(({ kind }) => kind === "index").map(({ object }) => describeInvalidIndex(object));
  },
  bad: { before: EVENTS, up: "CREATE INDEX events_kind ON ONLY events (kind);" },
  good: { before: EVENTS, up: "CREATE INDEX events_kind ON events (kind);" },
});

type Judge = (before: Snapshot, after: Snapshot, targets: Targets) => readonly Finding[];

/** Only what a second identical run shows, too: a value that a function invents is no change that happens each time. */
async function confirm(
  { before, after }: MigrationObservation,
  world: MigrationWorld,
  judge: Judge,
): Promise<readonly Finding[]> {
  const targets = await readTargets(world, before);
  const findings = judge(before, after, targets);
  if (findings.length === 0) return [];
  const twin = await world.twin();
  const again = judge(twin.before, twin.after, targets);

  return findings.filter(({ kind, subject }) => again.some((one) => one.kind === kind && one.subject === subject));
}

function readTargets(world: MigrationWorld, before: Snapshot): Promise<Targets> {
  return world.once(
    "targets",
    async () => new Targets(await loadParser(), world.release.lists.migrate, listBodies(before.catalog)),
  );
}

/** Smaller rows are judged again, and say the same. */
function noteOnce(world: MigrationWorld, note: Note): void {
  void world.once(`note ${JSON.stringify(note)}`, async () => world.note(note));
}
