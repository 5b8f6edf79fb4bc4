/**
 * Measures running the interleavings of a schedule, with a session that watches for waits, against the same statements on
 * the same number of sessions, one session after the other and unwatched.
 */
import { loadConfiguration } from "../../harness/configuration/load-configuration.ts";
import type { Databases } from "../../harness/database/databases.ts";
import type { Release } from "../../harness/release/release.ts";
import { runSchedule, type Schedule } from "../../harness/schedule/run-schedule.ts";
import { SessionGroup } from "../../harness/schedule/session-group.ts";
import { openContext } from "../../properties/credits/world.ts";
import { callStatements, resetStatements } from "../load/calls.ts";
import { measureRate, measureRates, type TimingTable } from "./paired-timings.ts";

const ROUNDS = 7;
/** Of the 20 that the schedule has, always the same ones. */
const INTERLEAVINGS = 6;

const [consume = ""] = callStatements("consume", "1");
/** Both want the same row: in most orders one waits for the other. */
const SCHEDULE: Schedule = {
  sessions: {
    first: { begin: "BEGIN", consume, commit: "COMMIT" },
    second: { begin: "BEGIN", consume, commit: "COMMIT" },
  },
};
const NAMES = Object.keys(SCHEDULE.sessions);

export async function measureSchedules(databases: Databases, release: Release): Promise<TimingTable> {
  const configuration = await loadConfiguration(release.folder);
  const context = openContext({ release, databases, configuration });
  try {
    await context.prepare();
    const migrated = await context.migrated();
    for (const sql of resetStatements(1, context.schema)) await migrated.query(sql);
    await using group = await SessionGroup.open(migrated.database, NAMES);
    const unwatched = await Promise.all(NAMES.map(() => migrated.database.connect()));
    const sendUnwatched = async (): Promise<void> => {
      for (let run = 0; run < INTERLEAVINGS; run += 1) {
        for (const [index, steps] of Object.values(SCHEDULE.sessions).entries()) {
          for (const sql of Object.values(steps)) await unwatched[index]?.tryExecute(sql);
        }
      }
    };

    const sendWatched = () => runSchedule(group, SCHEDULE, { maxRuns: INTERLEAVINGS });
    const alternatives = {
      "run and watched": () => measureRate(sendWatched, INTERLEAVINGS),
      "the same statements, unwatched": () => measureRate(sendUnwatched, INTERLEAVINGS),
    };
    const title = "Interleavings of two transactions that want the same row";

    return await measureRates(title, "schedules/s", alternatives, ROUNDS);
  } finally {
    await context.close();
  }
}
