/**
 * A connection of its own that sees what the sessions of a schedule cannot say while they wait: who waits for whom. It
 * is also the hand that ends what does not end by itself.
 */
import type { Session } from "../database/session.ts";
import type { Waits } from "./blocked-steps.ts";
import { OTHER, PREPARED } from "./schedule.ts";

// Waits for locks, and the wait of a DEFERRABLE transaction for a safe snapshot. CREATE INDEX CONCURRENTLY waits for the
// snapshot of this very query too: that is over as soon as it is seen.
const WAITS = `
SELECT pid, array_to_string(
  array_remove(pg_blocking_pids(pid) || pg_safe_snapshot_blocking_pids(pid), pg_backend_pid()), ' ') AS blockers
FROM unnest($1::int[]) AS pid`;

/** Blockers that are no process are prepared transactions, told as this number. */
const NO_PROCESS = "0";

export class Watcher {
  readonly #session: Session;
  readonly #pids: ReadonlyMap<string, string>;
  readonly #names: ReadonlyMap<string, string>;

  private constructor(session: Session, pids: ReadonlyMap<string, string>) {
    this.#session = session;
    this.#pids = pids;
    this.#names = new Map([...pids].map(([name, pid]) => [pid, name]));
  }

  /** @param watched the sessions by name; none may be busy */
  static async over(session: Session, watched: ReadonlyMap<string, Session>): Promise<Watcher> {
    const pids = await Promise.all(
      [...watched].map(async ([name, one]): Promise<[string, string]> => {
        const [row] = await one.query("SELECT pg_backend_pid() AS pid");
        return [name, row?.["pid"] ?? ""];
      }),
    );

    return new Watcher(session, new Map(pids));
  }

  /** Whom each of these sessions waits for at this moment. */
  async waitsOf(names: readonly string[]): Promise<Waits> {
    const pids = names.map((name) => Number(this.#pids.get(name)));
    const rows = await this.#session.query(WAITS, [pids]);

    return new Map(
      rows.map((row) => {
        const blockers = (row["blockers"] ?? "").split(" ").filter((pid) => pid !== "");

        return [
          this.#names.get(row["pid"] ?? "") ?? "",
          [...new Set(blockers.map((pid) => this.#named(pid)))],
        ];
      }),
    );
  }

  /** Asks the server to end what the session is doing. */
  async cancel(name: string): Promise<void> {
    await this.#session.query("SELECT pg_cancel_backend($1)", [Number(this.#pids.get(name))]);
  }

  /** Ends the session itself. */
  async terminate(name: string): Promise<void> {
    await this.#session.query("SELECT pg_terminate_backend($1)", [Number(this.#pids.get(name))]);
  }

  /** Names of the transactions that are prepared in this database. */
  async prepared(): Promise<readonly string[]> {
    const rows = await this.#session.query(
      "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared, gid",
    );

    return rows.map((row) => row["gid"] ?? "");
  }

  /** Rolls a prepared transaction back. */
  async rollBackPrepared(gid: string): Promise<void> {
    await this.#session.query(`ROLLBACK PREPARED '${gid.replaceAll("'", "''")}'`);
  }

  #named(pid: string): string {
    return pid === NO_PROCESS ? PREPARED : (this.#names.get(pid) ?? OTHER);
  }
}
