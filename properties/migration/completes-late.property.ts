/** Rule `completes.5`: what the old version of the application inserts while up runs, or after it, is treated as well. */
import { describeDifferences } from "../../harness/catalog/difference.ts";
import { describeFailedStatement } from "../../harness/release/apply.ts";
import type { Failure } from "./apply-within.ts";
import type { Finding } from "./finding.ts";
import { type ComparedRun, LateTrial } from "./late-inserts.ts";
import { differenceDetails } from "./model/rollback-script.ts";
import type { StateDifference } from "./model/state-differences.ts";
import { describeStop, pickEvenly, type Stop } from "./model/stops.ts";
import type { MigrationObservation } from "./observation.ts";
import { listEarlyStops } from "./re-runs.ts";
import { readTargets } from "./read-targets.ts";
import { rule } from "./rule.ts";
import { observeTaken } from "./taken-rows.ts";
import type { MigrationWorld } from "./world.ts";

const ID = "completes.5";

/** More moments are not tried: each takes a database of its own. */
const STOPS_MAX = 6;

const USERS = `CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
CREATE FUNCTION set_key() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.email_key := lower(NEW.email); RETURN NEW; END $$;`;
const ADD = "ALTER TABLE users ADD email_key text;";
const FILL = "UPDATE users SET email_key = lower(email);";
const FOLLOW = "CREATE TRIGGER set_key BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION set_key();";

const REMARK = `The old version of the application knows the columns that were there before, and inserts rows until it is gone. What up gives
to the rows that it finds, by UPDATE, INSERT or a conversion, such late rows lack. After up, that is a note: the old version may be
gone by then. It is to be declared where up provides for late rows, by a trigger or a default, and so says that the old
version is still at work, but is not one transaction and does so too late: rows that are inserted after the others were
changed and before the trigger or default is there are left out for good.

Not reported: a new column that nothing fills; one constant for all rows that are there and another default for new ones; rows
that a DELETE would have deleted; tables that are a copy of a moment (CREATE TABLE AS); rows that the old version can no longer
insert. Where a statement fails because of a row that was inserted before it, that is a note.`;

export const treatsLateRows = rule(
  ID,
  "what is inserted while up runs, and after it, ends as if it had been there before",
  {
    async holds(observed, world) {
      if (!(await mayTreat(observed, world))) return [];
      const observation = await observeTaken(world, observed);
      const trial = new LateTrial(world, observation);
      const later = await trial.compareAt("after");
      noteLater(world, later?.differences ?? []);
      const findings: Finding[] = [];
      for (const stop of pickEvenly(listEarlyStops(world.release), STOPS_MAX)) {
        const all = await trial.compareAt(stop);
        if (all?.failure !== undefined) noteFailure(world, stop, all.failure);
        const isAccepted = all?.accepted.every((row) => later?.accepted.includes(row)) === true;
        const between = isAccepted ? all : later && (await trial.compareAt(stop, later.accepted));
        for (const difference of between?.differences ?? []) {
          const isKnown = [...(later?.differences ?? []), ...findings].some(
            ({ subject }) => subject === difference.subject,
          );
          if (between === undefined || isKnown) continue;
          findings.push({ ...describeGap(stop, difference, between), rows: observation.rows });
        }
      }

      return findings;
    },
    bad: { before: USERS, up: [ADD, FILL, FOLLOW].join("\n") },
    good: { before: USERS, up: [ADD, FOLLOW, FILL].join("\n") },
    remark: REMARK,
  },
);

/** Whether a statement writes rows, or converts a column. */
async function mayTreat({ before }: MigrationObservation, world: MigrationWorld): Promise<boolean> {
  const targets = await readTargets(world, before);

  return (
    targets.writesRows ||
    before.tables.some(({ schema, name, columns }) =>
      columns.some((column) => targets.isConverted({ within: schema, name }, column.name)),
    )
  );
}

/** One note for all, of which the first one is shown. */
function noteLater(world: MigrationWorld, later: readonly StateDifference[]): void {
  const [first] = later;
  if (first === undefined) return;
  const subjects = later.map(({ subject }) => subject);
  const others = subjects.length - SUBJECTS_MAX;
  const subject = `${subjects.slice(0, SUBJECTS_MAX).join(", ")}${others > 0 ? ` and ${others} more` : ""}`;
  const [one] = first.differences;
  const text =
    first.what === "rows"
      ? "up inserts no row of it for what the old version inserts after up"
      : `a row that the old version inserts before up, and after it, ends otherwise: ${describeDifferences([one])}`;
  world.note({ rule: ID, subject, text });
}

const SUBJECTS_MAX = 4;

function noteFailure(world: MigrationWorld, stop: Stop, failure: Failure): void {
  const text = `it fails where the old version inserts rows after it: ${describeFailedStatement(failure)}`;
  world.note({ rule: ID, subject: describeStop(stop), text });
}

function describeGap(stop: Stop, { subject, what, differences }: StateDifference, { parts }: ComparedRun): Finding {
  const place = describeStop(stop);

  return {
    ...{ kind: what === "rows" ? "late-row-left-out" : "late-value-left", subject, answer: "declare" },
    declare: `-- plumbline: allow ${ID} ${subject} because …`,
    expected: `a row that is inserted after ${place} ends as if it had been there before`,
    ...differenceDetails(parts, differences),
    hint: "Add the trigger or the default for later rows before those that are there are changed",
  };
}
