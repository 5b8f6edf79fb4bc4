/** Rules `same-for-everyone`: neither the settings of a session nor its role decide what a migration leaves. */
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { Finding } from "./finding.ts";
import { OTHER_ZONE, replaceCells } from "./model/mask-cells.ts";
import { type Applied, describeRollback, differenceDetails, failureDetails } from "./model/rollback-script.ts";
import { compareStates, mergeByTable, type StateDifference } from "./model/state-differences.ts";
import type { MigrationObservation } from "./observation.ts";
import { type Circumstance, type Enter, type OtherRun, repeat, runOtherwise } from "./other-runs.ts";
import { becomeOwner } from "./owner-role.ts";
import { dropFollowers } from "./read-targets.ts";
import { type RollbackRun, runRollback, runRollbacks } from "./rollback-runs.ts";
import { rule } from "./rule.ts";
import { observeTaken } from "./taken-rows.ts";
import type { MigrationWorld } from "./world.ts";

interface Setting extends Circumstance {
  readonly kind: string;
}

const ZONE = { kind: "time-zone-decides", name: "TimeZone", value: OTHER_ZONE.name, usual: "UTC" };
/** Days before months, and no ISO output. */
const STYLE = { kind: "date-style-decides", name: "DateStyle", value: "SQL, DMY", usual: "ISO, MDY" };

type SettingChoice = typeof ZONE;

/** Smaller rows are tried under these only. */
const AT_FAULT = "settings that decide";

/** Only such a text, or a column of such a type, can depend on the time zone or the date style. */
const TIMED = /\b(?:time(?:stamp)?(?:tz)?|date|now|interval|current_\w+|localtime\w*|to_char|extract|age)\b/i;
const TIMED_TYPE = /^(?:date|time|interval|ts(?:tz)?(?:multi)?range|datemultirange|daterange)/;
const READS_ROWS = /\b(?:UPDATE|INSERT|DELETE|MERGE|TYPE|SELECT|DO|CALL)\b/i;

export const sameForSettings = rule(
  "same-for-everyone.1",
  "migration and rollback leave the same schema and rows in each time zone and date style",
  {
    async holds(observation, world) {
      if (!isTimed(observation, world)) return [];
      const isMain = observation === (await world.observe());
      const choices = isMain
        ? [ZONE, STYLE]
        : await world.once<readonly SettingChoice[]>(AT_FAULT, async () => [ZONE, STYLE]);
      const taken = await observeTaken(world, observation);
      const both = await findChanges(world, taken, enterSettings(choices));
      if (both.length === 0 || choices.length === 1) return both;
      const alone: Finding[] = [];
      const atFault: SettingChoice[] = [];
      for (const choice of choices) {
        const found = await findChanges(world, taken, enterSettings([choice]));
        if (found.length > 0) atFault.push(choice);
        alone.push(...found);
      }
      if (isMain && atFault.length > 0) await world.once(AT_FAULT, async () => atFault);

      return alone.length === 0 ? both : alone;
    },
    bad: {
      before: "CREATE TABLE visits (id int PRIMARY KEY, at timestamp NOT NULL);",
      up: "ALTER TABLE visits ALTER COLUMN at TYPE timestamptz;",
    },
    good: {
      before: "CREATE TABLE visits (id int PRIMARY KEY, at timestamp NOT NULL);",
      up: "ALTER TABLE visits ALTER COLUMN at TYPE timestamptz USING at AT TIME ZONE 'UTC';",
    },
  },
);

function isTimed({ before, after }: MigrationObservation, { release: { lists } }: MigrationWorld): boolean {
  const source = Object.entries(lists)
    .flatMap(([name, steps = []]) => (name === "migrate" || name.startsWith("rollback.") ? steps : []))
    .map((step) => step.source)
    .join("\n");
  const types = [before, after].flatMap(({ tables }) => tables.flatMap(({ columns }) => columns));

  return TIMED.test(source) || (READS_ROWS.test(source) && types.some(({ type }) => TIMED_TYPE.test(type)));
}

function enterSettings(choices: readonly SettingChoice[]): Enter<Setting> {
  const format = (pick: (choice: SettingChoice) => string): string =>
    choices.map((choice) => `SET ${choice.name} = '${pick(choice)}';`).join("\n");
  const title = choices.map(({ name }) => name).join(" and ");

  return async (db: RecordedDatabase, before?: Setting) => {
    const database = db.database.name.replaceAll('"', '""');
    if (before === undefined) {
      for (const { name, value } of choices) {
        await db.session.query(`ALTER DATABASE "${database}" SET ${name} = '${value}'`);
      }
      await db.reconnect();
    }

    return {
      kind: choices.length === 1 ? (choices[0] as SettingChoice).kind : "settings-decide",
      opening: { title: `another ${title}`, sql: format(({ value }) => value) },
      closing: { title: `the usual ${title}`, sql: format(({ usual }) => usual) },
    };
  };
}

async function findChanges(
  world: MigrationWorld,
  observation: MigrationObservation,
  enter: Enter<Setting>,
): Promise<readonly Finding[]> {
  const hint =
    "Say what is meant whatever the session: column AT TIME ZONE 'UTC', dates as 2030-01-31, to_char with a format";

  return ((await compareRuns(world, observation, enter)) ?? []).flatMap(({ run, found }) => {
    const { circumstance } = run;

    return found.map((finding) => ({
      ...{ kind: circumstance.kind, hint, answer: "error" as const },
      expected: `${circumstance.opening.title} changes nothing of what ${finding.of} leaves`,
      ...finding.details,
      rows: observation.rows,
    }));
  });
}

const AGENTS = `CREATE TABLE agents (id int PRIMARY KEY, tenant int NOT NULL);
ALTER TABLE agents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY by_tenant ON agents USING (tenant = nullif(current_setting('app.tenant', true), '')::int);`;

export const sameForRoles = rule(
  "same-for-everyone.2",
  "run by the owner of the tables, migration and rollback leave what they leave when a superuser runs them",
  {
    async holds(observed, world) {
      const observation = await observeTaken(world, observed);
      const compared = await compareRuns(world, observation, becomeOwner);
      if (compared === undefined) {
        const text = "it was not run by the owner of the tables: the server does not let this role become another one";
        world.note({ rule: "same-for-everyone.2", subject: world.release.name, text });
      }
      const findings: Finding[] = [];
      for (const { run, found } of compared ?? []) {
        const { name } = run.circumstance;
        for (const { of, failure, details } of found) {
          const isMissing = failure?.error.code === "42501" && !failure.error.message.includes("row-level security");
          if (isMissing) {
            world.note({
              rule: "same-for-everyone.2",
              subject: details.subject,
              text: `${name} may not run it: ${details.got}`,
            });
            continue;
          }
          findings.push({
            ...{ kind: failure === undefined ? "role-decides" : "role-fails", answer: "error" },
            expected: `run by ${name}, the owner of the tables, ${of} leaves what it leaves when a superuser runs it`,
            hint: "Lift FORCE ROW LEVEL SECURITY within the transaction, or name the tenants, and check that no row is left",
            ...details,
            rows: observation.rows,
          });
        }
      }

      return findings;
    },
    bad: { before: AGENTS, up: "ALTER TABLE agents ADD armed boolean;\nUPDATE agents SET armed = true;" },
    good: {
      before: AGENTS,
      up: `ALTER TABLE agents ADD armed boolean;
ALTER TABLE agents NO FORCE ROW LEVEL SECURITY;
UPDATE agents SET armed = true;
ALTER TABLE agents FORCE ROW LEVEL SECURITY;`,
    },
  },
);

interface Found {
  /** `the migration`, `down`. */
  readonly of: string;
  readonly failure?: NonNullable<OtherRun<Circumstance>["failure"]>;
  readonly details: Pick<Finding, "subject" | "got" | "parts" | "evidence">;
}

interface Compared<Entered extends Circumstance> {
  readonly run: OtherRun<Entered>;
  readonly found: readonly Found[];
}

/**
 * The migration, and each rollback that succeeds otherwise; the rollback only where the migration leaves the same.
 * @returns undefined if the circumstance cannot be
 */
async function compareRuns<Entered extends Circumstance>(
  world: MigrationWorld,
  observation: MigrationObservation,
  enter: Enter<Entered>,
): Promise<readonly Compared<Entered>[] | undefined> {
  const downs = (await runRollbacks(world, observation)).filter(({ failure }) => failure === undefined);
  const compared: Compared<Entered>[] = [];
  for (const [index, down] of (downs.length === 0 ? [undefined] : downs).entries()) {
    const run = await runOtherwise(world, observation.rows, enter, down?.rollback);
    if (run === undefined) return undefined;
    const up = index === 0 ? await compareUp(world, observation, run) : [];
    const back = up.length === 0 && down !== undefined ? await compareDown(world, down, run) : [];
    compared.push({ run, found: [...up, ...back] });
    if (up.length > 0) break;
  }

  return compared;
}

async function compareUp(
  world: MigrationWorld,
  observation: MigrationObservation,
  { circumstance, failure, migrated }: OtherRun<Circumstance>,
): Promise<readonly Found[]> {
  const { migrate } = world.release.lists;
  const of = "the migration";
  if (failure !== undefined) return [describeFailure(of, failure, [circumstance.opening], migrate)];
  const found = await compare(observation.after, migrated, () => repeat(world, observation), circumstance);
  const own = await dropFollowers(world, observation, found);

  return own.map((one) => describe(of, one, [circumstance.opening, migrate, circumstance.closing]));
}

async function compareDown(
  world: MigrationWorld,
  { rollback, rows, migrated, restored }: RollbackRun,
  { circumstance, down }: OtherRun<Circumstance>,
): Promise<readonly Found[]> {
  if (down === undefined) return [];
  const of = describeRollback(rollback.name);
  const before = [circumstance.opening, world.release.lists.migrate];
  if (down.failure !== undefined) return [describeFailure(of, down.failure, before, rollback.steps)];
  const twin = async () => (await runRollback(world, rollback, rows)).restored;
  const found = await compare(restored, down.restored, twin, circumstance);
  const own = await dropFollowers(world, { before: migrated, after: restored }, found);

  return own.map((one) => describe(of, one, [...before, rollback.steps, circumstance.closing]));
}

type Snapshot = MigrationObservation["after"];

/** The second usual run is only made where something differs. A role that wrote its own name is expected to. */
async function compare(
  usual: Snapshot,
  other: Snapshot,
  twin: () => Promise<Snapshot>,
  circumstance: Circumstance & { readonly name?: string; readonly superuser?: string },
): Promise<readonly StateDifference[]> {
  const { name, superuser } = circumstance;
  const named = name === undefined || superuser === undefined ? other : replaceCells(other, name, superuser);

  if (compareStates(usual, named, usual).length === 0) return [];
  const differences = compareStates(usual, named, await twin());

  return name === undefined ? differences : mergeByTable(differences);
}

function describe(of: string, { subject, differences }: StateDifference, applied: readonly Applied[]): Found {
  return { of, details: { subject, ...differenceDetails(applied, differences) } };
}

function describeFailure(
  of: string,
  failure: NonNullable<Found["failure"]>,
  before: readonly Applied[],
  steps: Parameters<typeof failureDetails>[1],
): Found {
  const subject = `${failure.step.path}, line ${failure.statement.line}`;

  return { of, failure, details: { subject, ...failureDetails(before, steps, failure) } };
}
