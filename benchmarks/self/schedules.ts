/**
 * Interleavings of a schedule, played with somebody watching who waits for whom, beside the same statements sent bare:
 * on the same number of sessions, one session after the other, so that nobody waits.
 */
import type { Databases } from "../../harness/database/databases.ts";
import type { Release } from "../../harness/release/release.ts";
import { playSchedule, type Schedule } from "../../harness/schedule/run-schedule.ts";
import { Cast } from "../../harness/schedule/session-group.ts";
import { openContext } from "../../properties/credits/world.ts";
import { freshSql, statementsOf } from "../load/calls.ts";
import { type Paces, paceOf, pacesOf } from "./paired-timings.ts";

const ROUNDS = 7;
/** Played a turn, of the 20 that the schedule has: always the same ones. */
const INTERLEAVINGS = 6;

const [consume = ""] = statementsOf("consume", "1");
/** Two that want the same row: in most of the orders one waits for the other. */
const SCHEDULE: Schedule = {
  sessions: {
    first: { begin: "BEGIN", consume, commit: "COMMIT" },
    second: { begin: "BEGIN", consume, commit: "COMMIT" },
  },
};
const NAMES = Object.keys(SCHEDULE.sessions);

export async function schedules(databases: Databases, release: Release): Promise<Paces> {
  const world = openContext({ release, databases });
  try {
    const stage = await world.migrated();
    for (const sql of freshSql(1)) {
      await stage.query(sql);
    }
    await using cast = await Cast.open(stage.database, NAMES);
    const bare = await Promise.all(NAMES.map(() => stage.database.connect()));
    const sendBare = async (): Promise<void> => {
      for (let time = 0; time < INTERLEAVINGS; time += 1) {
        for (const [index, steps] of Object.values(SCHEDULE.sessions).entries()) {
          for (const sql of Object.values(steps)) {
            await bare[index]?.attempt(sql);
          }
        }
      }
    };

    return await pacesOf(
      "Interleavings of two transactions that want the same row",
      "schedules/s",
      {
        "played and watched": () =>
          paceOf(() => playSchedule(cast, SCHEDULE, { most: INTERLEAVINGS }), INTERLEAVINGS),
        "the same statements, bare": () => paceOf(sendBare, INTERLEAVINGS),
      },
      ROUNDS,
    );
  } finally {
    await world.close();
  }
}
