/** Rules `keeps`: what the statements of a migration do not name stays as it was. */
import type { Snapshot } from "../../harness/catalog/snapshot.ts";
import type { Targets } from "../../harness/release/targets/targets.ts";
import type { Dataset } from "../../harness/rows/generate-row.ts";
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
import type { MigrationObservation, RowSource } from "./observation.ts";
import { readTargets } from "./read-targets.ts";
import { rule } from "./rule.ts";
import type { MigrationWorld } from "./world.ts";

const CASCADES = `CREATE TABLE users (id int PRIMARY KEY, email text);
CREATE TABLE posts (id int PRIMARY KEY, author int NOT NULL REFERENCES users ON DELETE CASCADE);`;

export const keepsRows = rule("keeps.1", "rows of tables that no statement writes neither vanish nor appear", {
  holds: (observation, world) =>
    judgeRows(observation, world, (before, after, targets) =>
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
    judgeRows(observation, world, (before, after, targets) =>
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

    return await world.withDatabase(rows, async ({ session }) => {
      await applyWithin(session, world.release.lists.migrate);
      const findings: Finding[] = [];
      for (const column of columns) {
        const lost = await findLostValue(session, column);
        if (lost === undefined) continue;
        const finding = describeLostValue(column, lost);
        if (isParsed(column)) world.note({ rule: "keeps.3", subject: finding.subject, text: finding.got });
        else findings.push(finding);
      }

      return findings;
    });
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
          world.note({ rule: "keeps.4", subject: object, text: "it was recreated without its comment" });
      }

      return describeAttributeChanges(changes.filter(({ attribute }) => attribute !== "comment"));
    },
    isOfSchema: true,
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
          world.note({ rule: "keeps.5", subject: object, text: "it went with something that it depended on" });
      }

      return vanished.filter(({ kind }) => kind === "object").map(describeVanished);
    },
    isOfSchema: true,
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
      if (kind === "constraint") world.note({ rule: "keeps.6", subject: object, text: "it is left NOT VALID" });
    }

    return parts.filter(({ kind }) => kind === "index").map(({ object }) => describeInvalidIndex(object));
  },
  isOfSchema: true,
  bad: { before: EVENTS, up: "CREATE INDEX events_kind ON ONLY events (kind);" },
  good: { before: EVENTS, up: "CREATE INDEX events_kind ON events (kind);" },
});

type Judge = (before: Snapshot, after: Snapshot, targets: Targets) => readonly Finding[];

/** Where other boundary rows are not accepted together, so many datasets of them are tried. */
const OTHERS_MAX = 2;

/** Judges the decisive rows, and other boundary rows; smaller ones show again what was confirmed. */
async function judgeRows(
  observation: MigrationObservation,
  world: MigrationWorld,
  judge: Judge,
): Promise<readonly Finding[]> {
  const targets = await readTargets(world, observation.before);
  const judgeOne = ({ before, after }: MigrationObservation): readonly Finding[] => judge(before, after, targets);
  if (observation !== (await world.observe())) return judgeOne(observation);
  const found = await confirm(observation, () => world.twin(), judgeOne);
  const all = new Map(found.map((finding) => [formatKind(finding), finding]));
  for (const other of targets.writesRows ? await observeOthers(world) : []) {
    for (const finding of await confirm(other, () => world.observeOn(other.rows), judgeOne)) {
      if (!all.has(formatKind(finding))) all.set(formatKind(finding), { ...finding, rows: other.rows });
    }
  }

  return [...all.values()];
}

/** Where a migration writes rows, those that it meets decide: all boundary rows at once, or some of the datasets. */
function observeOthers(world: MigrationWorld): Promise<readonly MigrationObservation[]> {
  return world.once("observations of other boundary rows", async () => {
    const { source } = (await world.observe()).rows;
    const datasets = await world.boundary(source);
    if (datasets.length === 0) return [];
    const together = await observeAccepted(world, joinDatasets(datasets), source);
    if (together !== undefined) return [together];
    const observed: MigrationObservation[] = [];
    for (const dataset of datasets.slice(1, 1 + OTHERS_MAX)) {
      const other = await observeAccepted(world, dataset, source);
      if (other !== undefined) observed.push(other);
    }

    return observed;
  });
}

async function observeAccepted(
  world: MigrationWorld,
  dataset: Dataset,
  source: RowSource,
): Promise<MigrationObservation | undefined> {
  const { rows, failure } = await world.attempt("boundary", dataset, source);

  return failure === undefined ? await world.observeOn(rows) : undefined;
}

function joinDatasets(datasets: readonly Dataset[]): Dataset {
  const tables = new Set(datasets.flatMap((dataset) => Object.keys(dataset)));

  return Object.fromEntries([...tables].map((table) => [table, datasets.flatMap((dataset) => dataset[table] ?? [])]));
}

/** Only what a second identical run shows, too: a value that a function invents is no change that happens each time. */
async function confirm(
  observation: MigrationObservation,
  repeat: () => Promise<MigrationObservation>,
  judge: (observation: MigrationObservation) => readonly Finding[],
): Promise<readonly Finding[]> {
  const findings = judge(observation);
  if (findings.length === 0) return [];
  const again = new Set(judge(await repeat()).map(formatKind));

  return findings.filter((finding) => again.has(formatKind(finding)));
}

function formatKind({ kind, subject }: Finding): string {
  return `${kind} ${subject}`;
}
