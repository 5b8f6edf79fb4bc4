/** Rules `re-runs`: a migration that is not one transaction can be stopped anywhere and run again. */
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import { describeFailedStatement } from "../../harness/release/apply.ts";
import type { ScriptPart } from "../../harness/release/script-part.ts";
import { isConcurrent } from "../../harness/release/transactions.ts";
import type { Failure } from "./apply-within.ts";
import type { Finding } from "./finding.ts";
import { formatRepair } from "./model/repair.ts";
import { differenceDetails } from "./model/rollback-script.ts";
import type { StateDifference } from "./model/state-differences.ts";
import { describeStop, pickEvenly, type Stop } from "./model/stops.ts";
import type { MigrationObservation } from "./observation.ts";
import { compareWithUsual, findRepeated, listEarlyStops, listSplitSteps, type Rerun, runAgain } from "./re-runs.ts";
import { findRefusals } from "./refusals.ts";
import { rule } from "./rule.ts";
import { observeTakenInTurn } from "./taken-rows.ts";
import type { MigrationWorld } from "./world.ts";

/** Each takes a database of its own. */
const STOPS_MAX = 8;

const ARTICLES = "CREATE TABLE articles (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, slug text NOT NULL);";

export const resumes = rule(
  "re-runs.1",
  "stopped after any statement and run again, it ends as if it had not been stopped",
  {
    async holds(observed, world) {
      const stops = pickStops(world, "re-runs.1", listEarlyStops(world.release));
      if (stops.length === 0) return [];
      const findings = new Map<string, Finding>();
      let failures: readonly Failed[] | undefined;
      for await (const observation of observeTakenInTurn(world, observed)) {
        const failed: Failed[] = [];
        // Again only what a constraint refused, which may pass with other rows.
        for (const stop of failures?.filter(isRefused).map((one) => one.stop) ?? stops) {
          const rerun = await runAgain(world, observation.rows, stop);
          if (rerun === undefined) continue;
          const found = await judgeRerun(world, observation, stop, rerun);
          for (const finding of found) {
            const key = `${finding.kind} ${finding.subject}`;
            if (!findings.has(key)) findings.set(key, { ...finding, rows: observation.rows });
          }
          if (found.length === 0 && rerun.failure !== undefined) failed.push({ stop, failure: rerun.failure });
        }
        failures ??= failed;
        if (findings.size > 0 || !failures.some(isRefused)) break;
      }
      noteFailure(world, failures ?? []);

      return [...findings.values()];
    },
    bad: {
      before: ARTICLES,
      up: "INSERT INTO articles (slug) VALUES ('welcome');\nCREATE INDEX CONCURRENTLY articles_slug ON articles (slug);",
    },
    good: {
      before: ARTICLES,
      up: "CREATE INDEX CONCURRENTLY articles_slug ON articles (slug);\nINSERT INTO articles (slug) VALUES ('welcome');",
    },
  },
);

interface Failed {
  readonly stop: Stop;
  readonly failure: Failure;
}

/** By a constraint (SQLSTATE class 23). */
function isRefused({ failure }: Failed): boolean {
  return failure.error.code.startsWith("23");
}

/** The first of them: the others are of one kind with it. */
function noteFailure(world: MigrationWorld, [first]: readonly Failed[]): void {
  if (first === undefined) return;
  const { stop, failure } = first;
  const text = `stopped after it, it fails when it is run again: ${describeFailedStatement(failure)}; to repair: ${formatRepair(failure)}`;
  world.note({ rule: "re-runs.1", subject: describeStop(stop), text });
}

function pickStops(world: MigrationWorld, ruleId: string, all: readonly Stop[]): readonly Stop[] {
  const stops = pickEvenly(all, STOPS_MAX);
  if (stops.length < all.length) {
    const text = `it was stopped after ${stops.length} of ${all.length} statements only`;
    world.note({ rule: ruleId, subject: all[0]?.step.path ?? "", text });
  }

  return stops;
}

async function judgeRerun(
  world: MigrationWorld,
  observation: MigrationObservation,
  stop: Stop,
  rerun: Rerun,
): Promise<readonly Finding[]> {
  const { failure, final, parts, isEnd } = rerun;
  const place = describeStop(stop);
  const expected = `stopped after ${place} and run again, the migration leaves what it leaves without the stop`;
  if (isEnd) {
    const repeatFirst = async () => (await runAgain(world, observation.rows, stop))?.stopped ?? rerun.stopped;

    return (await findRepeated(world, rerun, repeatFirst)).map((one) =>
      describeDifference("failing-re-run-repeats", one, parts, expected, HINT),
    );
  }
  const differences = await compareWithUsual(world, observation, final);

  return differences
    .filter(({ what }) => failure === undefined || what !== "schema")
    .map((one) => describeDifference("re-run-differs", one, parts, expected, HINT));
}

const HINT =
  "Make each statement repeatable: ON CONFLICT DO NOTHING, WHERE … IS NULL, IF NOT EXISTS; or put each in a migration of its own";

function describeDifference(
  kind: string,
  { subject, differences }: StateDifference,
  parts: readonly ScriptPart[],
  expected: string,
  hint: string,
): Finding {
  return { ...{ kind, subject, answer: "error", expected, hint }, ...differenceDetails(parts, differences) };
}

const STATS = "CREATE TABLE stats (id int PRIMARY KEY, account int NOT NULL);";

export const rebuildsIndexes = rule(
  "re-runs.2",
  "an index whose concurrent build was cancelled is built when it is run again",
  {
    async holds(observation, world) {
      const builds = listSplitSteps(world.release).flatMap((step) =>
        step.statements.flatMap((statement, index) =>
          isConcurrent(statement) ? [{ step, statement, count: index + 1 }] : [],
        ),
      );
      const findings: Finding[] = [];
      for (const stop of pickStops(world, "re-runs.2", builds)) {
        findings.push(...(await judgeCancelled(world, observation, stop)));
      }

      return findings;
    },
    isOfSchema: true,
    bad: { before: STATS, up: "CREATE INDEX CONCURRENTLY IF NOT EXISTS stats_account ON stats (account);" },
    good: {
      before: STATS,
      up: "DROP INDEX CONCURRENTLY IF EXISTS stats_account;\nCREATE INDEX CONCURRENTLY stats_account ON stats (account);",
    },
  },
);

async function judgeCancelled(
  world: MigrationWorld,
  { rows, before, after }: MigrationObservation,
  stop: Stop,
): Promise<readonly Finding[]> {
  let name: string | undefined;
  const rerun = await runAgain(world, rows, stop, async (db) => {
    const last = (await listIndexes(db)).findLast((each) => !before.catalog.has(`index ${each}`));
    const { text } = stop.statement;
    name = last !== undefined && (UNNAMED.test(text) || text.includes(toShortName(last))) ? last : undefined;

    return name === undefined ? undefined : await leaveInvalid(db, name);
  });
  if (rerun === undefined || name === undefined) return [];
  const { catalog } = rerun.final;
  const invalid = [...catalog].find(
    ([object, { valid }]) =>
      object === `index ${name}` && valid === "false" && after.catalog.get(object)?.["valid"] === "true",
  );
  if (invalid === undefined) return [];
  const place = describeStop(stop);
  if (rerun.failure !== undefined) {
    const text = `cancelled, it leaves an invalid index, and fails when it is run again; to repair: DROP INDEX CONCURRENTLY ${name}`;
    world.note({ rule: "re-runs.2", subject: place, text });

    return [];
  }

  return [
    {
      kind: "invalid-index-hidden",
      subject: name,
      answer: "error",
      expected: `run again after ${place} was cancelled, the migration builds ${name}`,
      got: `it succeeds, and ${name} is still invalid`,
      parts: [
        ...rerun.parts,
        {
          title: "reproduces the violation",
          sql: "SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE NOT indisvalid;",
        },
      ],
      evidence: { shows: "text", present: [toShortName(name)] },
      hint: `Drop it before it is built: DROP INDEX CONCURRENTLY IF EXISTS ${name}`,
    },
  ];
}

const UNNAMED = /\bCONCURRENTLY\s+ON\b/i;

async function listIndexes(db: RecordedDatabase): Promise<readonly string[]> {
  const rows = await db.query(
    `SELECT format('%s.%I', relnamespace::regnamespace, relname) AS name FROM pg_class
WHERE relkind = 'i' AND oid >= 16384 AND relnamespace::regnamespace::text !~ '^pg_' ORDER BY oid`,
  );

  return rows.map(({ name }) => name ?? "");
}

function toShortName(index: string): string {
  return index.slice(index.lastIndexOf(".") + 1).replaceAll('"', "");
}

/** What a build that was cancelled while it waited leaves (PostgreSQL manual, CREATE INDEX, Building Indexes Concurrently). */
async function leaveInvalid(db: RecordedDatabase, index: string): Promise<ScriptPart | undefined> {
  const sql = `UPDATE pg_index SET indisvalid = false, indisready = false
WHERE indexrelid = '${index.replaceAll("'", "''")}'::regclass`;
  const { error } = await db.session.tryExecute(sql);

  return error === undefined ? { title: "what a cancelled build leaves", sql: `${sql};` } : undefined;
}

export const doesNotAccumulate = rule("re-runs.3", "where it fails, running it again does not repeat what was done", {
  async search(world) {
    const steps = listSplitSteps(world.release);
    const findings: Finding[] = [];
    for (const { failure, rows } of steps.length === 0 ? [] : await findRefusals(world)) {
      const step = steps.find(({ file }) => file === failure.step.file);
      if (step === undefined) continue;
      if (failure.isEndless) {
        const text = "it does not end, and was not run again";
        world.note({ rule: "re-runs.3", subject: `${step.path}, line ${failure.statement.line}`, text });
        continue;
      }
      const { length } = step.statements;
      const count = step.stopsAtError === true ? step.statements.indexOf(failure.statement) + 1 : length;
      const stop: Stop = { step, statement: failure.statement, count };
      const rerun = await runAgain(world, rows, stop);
      if (rerun?.failure === undefined) continue;
      const repeatFirst = async () => (await runAgain(world, rows, stop))?.stopped ?? rerun.stopped;
      const expected = `where ${describeStop(stop)} fails, running the migration again changes nothing`;
      for (const one of await findRepeated(world, rerun, repeatFirst)) {
        findings.push({ ...describeDifference("failing-re-run-repeats", one, rerun.parts, expected, HINT), rows });
      }
    }

    return findings;
  },
  bad: {
    before: ARTICLES,
    up: "INSERT INTO articles (slug) VALUES ('welcome');\nCREATE UNIQUE INDEX CONCURRENTLY articles_slug ON articles (slug);",
  },
  good: {
    before: ARTICLES,
    up: `DROP INDEX CONCURRENTLY IF EXISTS articles_slug;
CREATE UNIQUE INDEX CONCURRENTLY articles_slug ON articles (slug);
INSERT INTO articles (slug) VALUES ('welcome') ON CONFLICT (slug) DO NOTHING;`,
  },
});
