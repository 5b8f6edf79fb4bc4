/**
 * One database in memory, for one session at a time. A statement is asked of pg-mem where its forms are trusted, and
 * then its answer counts; where pg-mem cannot run it after all, the case is undecided, and says so with the statement.
 */
import { randomUUID } from "node:crypto";
import { DatabaseError } from "pg";
import type { IBackup, IMemoryDb, IPreparedQuery, QueryResult } from "pg-mem";
import { opening } from "../database/session.ts";
import { messageOf } from "../errors.ts";
import { Undecided } from "../property/property.ts";
import type { SyntaxNode } from "../release/syntax.ts";
import { type Judged, judge, type Known } from "./memory-forms.ts";
import type { MemoryReader, ReadStatement } from "./memory-reader.ts";
import { refusalOf } from "./memory-refusal.ts";
import { constantOf, tableOf } from "./memory-tables.ts";
import { wordsFor } from "./memory-words.ts";

/** What came of a statement, as PostgreSQL's client has it. */
export interface Answer {
  readonly fields: readonly { readonly name: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

interface State {
  readonly backup: IBackup;
  readonly known: Known;
  readonly definitions: number;
}

/** The library, loaded when a database in memory is asked for. */
export type Library = Pick<typeof import("pg-mem"), "newDb" | "DataType">;

const NOTHING: Answer = { fields: [], rows: [] };
/** Writes that are kept prepared. */
const WRITES_MAX = 50;
/** Two numbers below it have a sum that an int4 holds. */
const SUM_SAFE = 2 ** 30;

export class MemoryEngine {
  readonly #db: IMemoryDb;
  readonly #reader: MemoryReader;
  #known: Known = { tables: new Map(), hasRows: false, hasUnseen: false };
  #transaction: (State & { failed: boolean }) | undefined;
  /** Writes that are prepared for the tables as they are. */
  readonly #writes = new Map<string, IPreparedQuery>();
  /** How often pg-mem was asked to define something. */
  #definitions = 0;
  /** True once pg-mem failed to: nobody knows what it has done of it. */
  #spoilt = false;

  constructor({ newDb, DataType }: Library, reader: MemoryReader) {
    this.#reader = reader;
    this.#db = newDb({ noErrorDiagnostic: true });
    this.#db.public.registerFunction({
      name: "gen_random_uuid",
      returns: DataType.uuid,
      impure: true,
      implementation: () => randomUUID(),
    });
  }

  /** The database as it now is. Coming back to it is possible until a table is defined anew. */
  save(): State {
    return { backup: this.#db.backup(), known: this.#known, definitions: this.#definitions };
  }

  /** @returns false where something was defined meanwhile, and there is no way back */
  restore({ backup, known, definitions }: State): boolean {
    if (definitions !== this.#definitions) return false;
    backup.restore();
    this.#known = known;
    this.#transaction = undefined;

    return true;
  }

  /**
   * Runs the statements of a text, all or none of them as PostgreSQL does.
   * @throws DatabaseError for what PostgreSQL refuses, Undecided for what pg-mem cannot tell
   */
  run(text: string): readonly Answer[] {
    const read = this.#reader.read(text);
    if ("message" in read) throw new Undecided(`PostgreSQL's parser does not take ${opening(text)}`);
    const before = this.save();

    try {
      return read.statements.map((statement) => this.#statement(statement));
    } catch (error) {
      if (error instanceof Undecided) this.#transaction = undefined;
      if (this.#transaction !== undefined) this.#transaction.failed = true;
      else if (!this.restore(before)) this.#spoilt = true;
      throw error;
    }
  }

  #statement(statement: ReadStatement): Answer {
    const { node, tree, text } = statement;
    if (this.#spoilt) throw untold(text, "pg-mem failed to define something before");
    if (node === "TransactionStmt") return this.#control(tree, text);
    if (this.#transaction?.failed === true) {
      const message = "current transaction is aborted, commands ignored until end of transaction block";
      throw Object.assign(new DatabaseError(message, message.length, "error"), { code: "25P02" });
    }
    const judged = judge(statement, this.#known);
    const answer = this.#judged(judged, text);
    if ("known" in judged) this.#known = judged.known;

    return answer;
  }

  #judged(judged: Judged, text: string): Answer {
    switch (judged.kind) {
      case "objection":
        throw untold(text, judged.reason);
      case "passed over":
        return NOTHING;
      case "definition":
        return this.#define(judged.root, text);
      case "write":
        return this.#write(judged.root, text);
      case "query":
        return answerOf(this.#ask(text), text);
    }
  }

  #define(root: SyntaxNode, text: string): Answer {
    if (this.#transaction !== undefined) throw untold(text, "pg-mem does not take back what defines a table");
    const words = wordsFor(root, text, (whole) => this.#reader.scan(whole));
    if (words === undefined) return NOTHING;
    this.#definitions += 1;
    this.#writes.clear();
    this.#ask(words, text);

    return NOTHING;
  }

  #write(root: SyntaxNode, text: string): Answer {
    const table = this.#known.tables.get(tableOf(root));
    try {
      this.#prepared(text).bind().executeAll();
    } catch (error) {
      throw (
        (table && refusalOf(firstLine(messageOf(error)), root, table)) ??
        untold(text, firstLine(messageOf(error)))
      );
    }
    if (table?.computes === true && largestIn(root) >= SUM_SAFE) {
      throw untold(text, "an index computes with the numbers, and in pg-mem they do not overflow");
    }

    return NOTHING;
  }

  /** To prepare a write takes longer than to run it, and the same one comes in many cases. */
  #prepared(text: string): IPreparedQuery {
    const prepared = this.#writes.get(text) ?? this.#db.public.prepare([...this.#reader.forMemory(text)]);
    if (this.#writes.size >= WRITES_MAX) this.#writes.clear();
    this.#writes.set(text, prepared);

    return prepared;
  }

  #ask(words: string, text = words): QueryResult {
    try {
      return this.#db.public.query([...this.#reader.forMemory(words)]);
    } catch (error) {
      throw untold(text, firstLine(messageOf(error)));
    }
  }

  #control(tree: object, text: string): Answer {
    const { kind, ...more } = tree as { readonly kind?: string };
    const plain = Object.keys(more).every((field) => field === "location");
    if (kind === "TRANS_STMT_BEGIN" && plain && this.#transaction === undefined) {
      this.#transaction = { ...this.save(), failed: false };
    } else if (
      kind === "TRANS_STMT_ROLLBACK" ||
      (kind === "TRANS_STMT_COMMIT" && this.#transaction?.failed)
    ) {
      if (this.#transaction !== undefined) this.restore(this.#transaction);
    } else if (kind === "TRANS_STMT_COMMIT") {
      this.#transaction = undefined;
    } else {
      throw untold(text, "pg-mem has no such transaction");
    }

    return NOTHING;
  }
}

function untold(text: string, reason: string): Undecided {
  return new Undecided(`memory cannot tell: ${reason} (in: ${opening(text)})`);
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? "";
}

/** The largest number that the statement spells, without its sign. */
function largestIn(root: SyntaxNode): number {
  const own = constantOf(root);

  return Math.max(typeof own === "number" ? Math.abs(own) : 0, ...root.children.map(largestIn));
}

/** @throws Undecided for a value whose text PostgreSQL may write in another way */
function answerOf({ fields, rows }: QueryResult, text: string): Answer {
  const values = rows.map((row: Readonly<Record<string, unknown>>) =>
    fields.map(({ name }) => {
      const value = row[name] ?? null;
      if (value === null || typeof value === "string") return value;
      if (typeof value === "number") return String(value);
      if (typeof value === "boolean") return value ? "t" : "f";
      throw untold(text, `how PostgreSQL writes the value of ${name}`);
    }),
  );

  return { fields, rows: values };
}
