/**
 * A connection of its own that sees which sessions of a schedule wait for which, and ends steps that do not end by
 * themselves.
 */
import type { Session } from "../database/session.ts";
import type { Waits } from "./blocked-steps.ts";
import { OTHER_CONNECTION, PREPARED_TRANSACTION } from "./schedule.ts";

// Waits for locks, and of a DEFERRABLE transaction for a safe snapshot (PostgreSQL manual, 9.27.1). CREATE INDEX
// CONCURRENTLY also waits for the snapshot of this query, which ends with it.
const WAITS = `
SELECT pid, array_to_string(
  array_remove(pg_blocking_pids(pid) || pg_safe_snapshot_blocking_pids(pid), pg_backend_pid()), ' ') AS blockers
FROM unnest($1::int[]) AS pid`;

/** The pid that pg_blocking_pids gives a prepared transaction. */
const NO_PROCESS = "0";

export class Watcher {
  readonly #session: Session;
  readonly #pids: ReadonlyMap<string, string>;
  readonly #names: ReadonlyMap<string, string>;
  readonly #allowsPrepared: boolean;

  private constructor(session: Session, pids: ReadonlyMap<string, string>, allowsPrepared: boolean) {
    this.#session = session;
    this.#pids = pids;
    this.#allowsPrepared = allowsPrepared;
    this.#names = new Map([...pids].map(([name, pid]) => [pid, name]));
  }

  /** @param watched the sessions by name; none may be busy */
  static async create(session: Session, watched: ReadonlyMap<string, Session>): Promise<Watcher> {
    const pids = await Promise.all(
      [...watched].map(async ([name, one]): Promise<[string, string]> => {
        const [row] = await one.query("SELECT pg_backend_pid() AS pid");
        return [name, row?.["pid"] ?? ""];
      }),
    );

    const [row] = await session.query("SELECT current_setting('max_prepared_transactions') AS most");

    return new Watcher(session, new Map(pids), row?.["most"] !== "0");
  }

  async readWaits(names: readonly string[]): Promise<Waits> {
    const pids = names.map((name) => Number(this.#pids.get(name)));
    const rows = await this.#session.query(WAITS, [pids]);

    return new Map(
      rows.map((row) => {
        const blockers = (row["blockers"] ?? "").split(" ").filter((pid) => pid !== "");

        return [this.#names.get(row["pid"] ?? "") ?? "", [...new Set(blockers.map((pid) => this.#blockerName(pid)))]];
      }),
    );
  }

  async cancel(name: string): Promise<void> {
    await this.#session.query("SELECT pg_cancel_backend($1)", [Number(this.#pids.get(name))]);
  }

  async terminate(name: string): Promise<void> {
    await this.#session.query("SELECT pg_terminate_backend($1)", [Number(this.#pids.get(name))]);
  }

  async listPrepared(): Promise<readonly string[]> {
    if (!this.#allowsPrepared) return [];
    const rows = await this.#session.query(
      "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared, gid",
    );

    return rows.map((row) => row["gid"] ?? "");
  }

  async rollBackPrepared(gid: string): Promise<void> {
    await this.#session.query(`ROLLBACK PREPARED '${gid.replaceAll("'", "''")}'`);
  }

  #blockerName(pid: string): string {
    return pid === NO_PROCESS ? PREPARED_TRANSACTION : (this.#names.get(pid) ?? OTHER_CONNECTION);
  }
}
