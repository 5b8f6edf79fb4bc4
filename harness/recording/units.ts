/** Groups the statements of a record by the transactions in which they took effect; what was rolled back is left out (pure). */
import type { Parser } from "../release/parser.ts";
import { getString } from "../release/syntax.ts";
import type { RecordedSession, RecordedStatement, ToolRecord } from "./record.ts";
import { findRejected, type SentStatement, splitMessage } from "./sent-statements.ts";
import { applySetting, isSessionSetting, readStartup, type SessionSettings } from "./session-settings.ts";

/**
 * Statements that took effect together: of a transaction block; `implicit`, several of one message, or between two Syncs
 * of the extended protocol (PostgreSQL manual, 54.2.2.1 and 54.2.3.1); or one on its own.
 */
export interface Unit {
  readonly kind: "block" | "implicit" | "single";
  readonly statements: readonly SentStatement[];
  /** What BEGIN said of the transaction, as `SET TRANSACTION …`. */
  readonly characteristics?: string;
  /** Of its session, before it. */
  readonly settings: SessionSettings;
}

/** The units of a record, in the order in which they were completed. */
export function groupUnits(record: ToolRecord, parser: Parser): readonly Unit[] {
  return readSessions(record, parser)
    .flatMap(({ units }) => units)
    .toSorted(byEnd)
    .map(({ unit }) => unit);
}

/**
 * The units of a run that failed, and last what the server rejected with the statements before it in its transaction.
 * Undefined where the tool went on after the last rejected statement, so that it failed for another reason.
 * @param isOwn whether a statement is about the tool: it may note its failure, or release a lock
 */
export function groupUntilError(
  record: ToolRecord,
  parser: Parser,
  isOwn: (statement: SentStatement) => boolean,
): readonly Unit[] | undefined {
  const sessions = readSessions(record, parser);
  const rejected = sessions
    .flatMap((session) => session.rejected ?? [])
    .toSorted(byEnd)
    .at(-1);
  const units = sessions.flatMap((session) => session.units).toSorted(byEnd);
  if (rejected === undefined) return undefined;
  const wentOn = units.some(({ unit, end }) => end > rejected.end && !unit.statements.every(isOwn));

  return wentOn ? undefined : [...units.filter(({ end }) => end < rejected.end), rejected].map(({ unit }) => unit);
}

/** A unit, and the position of its last message in the record. */
interface PlacedUnit {
  readonly unit: Unit;
  readonly end: number;
}

function byEnd(one: PlacedUnit, other: PlacedUnit): number {
  return one.end - other.end;
}

interface ReadSession {
  readonly units: readonly PlacedUnit[];
  readonly rejected: PlacedUnit | undefined;
}

function readSessions(record: ToolRecord, parser: Parser): readonly ReadSession[] {
  const sessions = new Map<number, SessionReader>();
  for (const [position, message] of record.statements.entries()) {
    const reader = sessions.get(message.session) ?? new SessionReader(record.sessions, message.session);
    sessions.set(message.session, reader);
    reader.read(message, position, parser);
  }

  return [...sessions.values()].map((reader) => reader.end());
}

/** All statements of a record that completed, whether they took effect or were rolled back; without those of transactions. */
export function listSent(record: ToolRecord, parser: Parser): readonly SentStatement[] {
  return record.statements
    .flatMap((message) => splitMessage(message, parser))
    .filter(({ parsed }) => parsed.node !== "TransactionStmt");
}

interface Savepoint {
  readonly savepoint: string;
}

/** A unit that is not complete. */
interface Draft {
  kind: "block" | "implicit";
  readonly batch: number;
  readonly entries: (SentStatement | Savepoint)[];
  characteristics?: string;
  /** The position in the record of its last statement. */
  end: number;
}

class SessionReader {
  readonly #startup: SessionSettings;
  readonly #units: PlacedUnit[] = [];
  #rejected: PlacedUnit | undefined;
  #settings: SessionSettings;
  #draft: Draft | undefined;

  constructor(sessions: readonly RecordedSession[], session: number) {
    const found = sessions.find((each) => each.session === session);
    this.#startup = found === undefined ? new Map() : readStartup(found);
    this.#settings = this.#startup;
  }

  read(message: RecordedStatement, position: number, parser: Parser): void {
    if (this.#draft?.kind === "implicit" && this.#draft.batch !== message.batch) this.#complete();
    for (const statement of splitMessage(message, parser)) {
      if (statement.parsed.node === "TransactionStmt") this.#readTransaction(statement, position);
      else this.#append(statement, position);
    }
    if (message.error !== undefined) this.#reject(message, position, parser);
    if (this.#draft?.kind !== "implicit") return;
    // An error ends an implicit transaction, and undoes it as a whole.
    if (message.error !== undefined) this.#draft = undefined;
    else if (message.protocol === "simple") this.#complete();
  }

  /** What is open at the end of a session is rolled back. */
  end(): ReadSession {
    if (this.#draft?.kind === "implicit") this.#complete();

    return { units: this.#units, rejected: this.#rejected };
  }

  /** The first error of a transaction is its reason to fail. */
  #reject(message: RecordedStatement, position: number, parser: Parser): void {
    const statement = message.before === "failed" ? undefined : findRejected(message, parser);
    if (statement === undefined) return;
    const { entries = [], kind = "implicit", characteristics } = this.#draft ?? {};
    const statements = [...listStatements(entries), statement];
    this.#rejected = {
      end: position,
      unit: {
        kind: kind === "implicit" && statements.length === 1 ? "single" : kind,
        ...{ statements, settings: this.#settings },
        ...(characteristics !== undefined && { characteristics }),
      },
    };
  }

  #append(statement: SentStatement, position: number): void {
    // Within a transaction, the tool went on after a savepoint.
    if (this.#draft !== undefined) this.#rejected = undefined;
    this.#draft ??= { kind: "implicit", batch: statement.message.batch, entries: [], end: position };
    this.#draft.entries.push(statement);
    this.#draft.end = position;
  }

  #readTransaction(statement: SentStatement, position: number): void {
    const [root] = statement.nodes;
    const kind = root === undefined ? "" : getString(root, "kind");
    const name = root === undefined ? "" : getString(root, "savepoint_name");
    const isChained = root?.fields["chain"] === true;
    switch (kind) {
      case "TRANS_STMT_BEGIN":
      case "TRANS_STMT_START":
        this.#begin(statement, position);
        break;
      case "TRANS_STMT_COMMIT":
        if (this.#draft !== undefined) this.#draft.end = position;
        // The server answers ROLLBACK where the transaction had failed.
        if (statement.result.tag === "ROLLBACK") this.#draft = undefined;
        else this.#complete();
        if (isChained) this.#begin(statement, position);
        break;
      case "TRANS_STMT_ROLLBACK":
        this.#draft = undefined;
        if (isChained) this.#begin(statement, position);
        break;
      case "TRANS_STMT_SAVEPOINT":
        this.#draft?.entries.push({ savepoint: name });
        break;
      case "TRANS_STMT_ROLLBACK_TO":
        this.#undoTo(name);
        break;
      default:
      // RELEASE keeps what was done since, and two-phase commit is no part of a migration.
    }
  }

  /** Statements of the same message that come before BEGIN become part of its transaction. */
  #begin({ text, nodes }: SentStatement, position: number): void {
    const draft: Draft = this.#draft ?? { kind: "block", batch: 0, entries: [], end: position };
    draft.kind = "block";
    if (nodes.some(({ field }) => field === "options")) {
      const said = text.replace(/^[\s\S]*?\b(?:BEGIN|START)\b(?:\s+(?:WORK|TRANSACTION))?\s*/i, "");
      draft.characteristics = `SET TRANSACTION ${said}`;
    }
    this.#draft = draft;
  }

  #undoTo(name: string): void {
    const entries = this.#draft?.entries ?? [];
    const at = entries.findLastIndex((entry) => "savepoint" in entry && entry.savepoint === name);
    if (at !== -1) entries.splice(at + 1);
  }

  #complete(): void {
    const draft = this.#draft;
    this.#draft = undefined;
    if (draft === undefined) return;
    const statements = listStatements(draft.entries);
    const settings = this.#settings;
    for (const each of statements) this.#settings = applySetting(this.#settings, this.#startup, each);
    const isAlone = draft.kind === "implicit" && statements.length === 1;
    // Nothing but settings is of the session, for whatever comes next.
    if (statements.every(isSessionSetting)) return;
    const kind = isAlone ? "single" : draft.kind;
    const { characteristics, end } = draft;
    this.#units.push({
      end,
      unit: { kind, statements, settings, ...(characteristics !== undefined && { characteristics }) },
    });
  }
}

function listStatements(entries: Draft["entries"]): readonly SentStatement[] {
  return entries.flatMap((entry) => ("savepoint" in entry ? [] : [entry]));
}
