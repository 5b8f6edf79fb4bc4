/**
 * One database in memory, for one session at a time. A statement is asked of pg-mem where its forms are trusted, and
 * then its answer counts; where pg-mem cannot run it after all, the case is undecided, and says so with the statement.
 */
import { strict as assert } from "node:assert";
import { DatabaseError } from "pg";
import type { IBackup, IPreparedQuery, QueryResult } from "pg-mem";
import type { Statement } from "pgsql-ast-parser";
import { opening } from "../../database/session.ts";
import { Inconclusive, messageOf } from "../../errors.ts";
import type { SyntaxNode } from "../../release/syntax.ts";
import { type Judged, judge, type Known, SUM_SAFE } from "./forms.ts";
import type { MemoryReader, ReadStatement } from "./reader.ts";
import type { Shape, Shapes } from "./shapes.ts";
import { constantOf, tableOf } from "./tables.ts";
import { refusalOf } from "./write-error.ts";

/** What came of a statement, as PostgreSQL's client has it. */
export interface Answer {
  readonly fields: readonly { readonly name: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

interface State {
  readonly backup: IBackup;
  readonly known: Known;
  readonly shape: Shape;
}

const NOTHING_KNOWN: Known = {
  tables: new Map(),
  hasRows: false,
  hasUnseen: false,
  unseen: [],
  insertedByCall: [],
};
const NOTHING: Answer = { fields: [], rows: [] };
const ENDS = ["TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK"];
/** Writes that are kept prepared. */
const WRITES_MAX = 50;

export class MemoryEngine {
  readonly #shapes: Shapes;
  readonly #reader: MemoryReader;
  #shape: Shape;
  #known: Known = NOTHING_KNOWN;
  #transaction: (State & { failed: boolean }) | undefined;

  constructor(shapes: Shapes, reader: MemoryReader) {
    this.#shapes = shapes;
    this.#reader = reader;
    this.#shape = shapes.take([]);
  }

  /** The database as it now is. */
  save(): State {
    return { backup: this.#shape.db.backup(), known: this.#known, shape: this.#shape };
  }

  /** Goes back to what it was, while nobody has a transaction open. */
  restore({ backup, known, shape }: State): void {
    if (shape === this.#shape) {
      backup.restore();
    } else {
      assert(!known.hasRows, "nothing is defined where there are rows");
      this.#shapes.giveBack(this.#shape);
      this.#shape = this.#shapes.take(shape.definitions);
    }
    this.#known = known;
    this.#transaction = undefined;
  }

  /** Nobody uses it any more: a transaction that is open is rolled back. */
  end(): void {
    if (this.#transaction !== undefined) this.restore(this.#transaction);
  }

  /**
   * Runs the statements of a text, all or none of them as PostgreSQL does.
   * @throws DatabaseError for what PostgreSQL refuses, Inconclusive for what pg-mem cannot tell
   */
  run(text: string): readonly Answer[] {
    const read = this.#reader.read(text);
    if ("message" in read) throw new Inconclusive(`PostgreSQL's parser does not take ${opening(text)}`);
    const before = this.save();

    try {
      return read.statements.map((statement) => this.#statement(statement));
    } catch (thrown) {
      const error = thrown instanceof RangeError ? untold(text, "it is too deep") : thrown;
      if (error instanceof Inconclusive) this.#transaction = undefined;
      if (this.#transaction !== undefined) this.#transaction.failed = true;
      else this.restore(before);
      throw error;
    }
  }

  #statement(statement: ReadStatement): Answer {
    const { node } = statement;
    if (node === "TransactionStmt") return this.#control(statement);
    if (this.#transaction?.failed === true) {
      const message = "current transaction is aborted, commands ignored until end of transaction block";
      throw Object.assign(new DatabaseError(message, message.length, "error"), { code: "25P02" });
    }
    const judged = judge(statement, this.#known);
    const answer = this.#judged(judged, statement);
    if ("known" in judged) this.#known = judged.known;

    return answer;
  }

  #judged(judged: Judged, statement: ReadStatement): Answer {
    const { text, isFirst, isLast } = statement;
    if (judged.kind === "objection") throw untold(text, judged.reason);
    if (judged.kind === "passed over") return NOTHING;
    if (
      judged.root.fields["concurrent"] === true &&
      !(isFirst && isLast && this.#transaction === undefined)
    ) {
      throw untold(text, "CONCURRENTLY inside a transaction");
    }
    const tree = told(text, statement.forMemory);
    if (tree === undefined) return NOTHING;
    switch (judged.kind) {
      case "definition":
        return this.#define(tree, text);
      case "write":
        return this.#write(tree, judged.root, text);
      case "query":
        return answerOf(
          told(text, () => this.#shape.db.public.query([tree])),
          text,
        );
    }
  }

  #define(tree: Statement, text: string): Answer {
    if (this.#transaction !== undefined) throw untold(text, "pg-mem does not take back what defines a table");
    const before = this.#shape;
    try {
      this.#shape = this.#shapes.further(before, { text, tree });
    } catch (error) {
      this.#shape = this.#shapes.take(before.definitions);
      throw untold(text, firstLine(messageOf(error)));
    }

    return NOTHING;
  }

  #write(tree: Statement, root: SyntaxNode, text: string): Answer {
    const table = this.#known.tables.get(tableOf(root));
    // Whatever pg-mem says: PostgreSQL may be out of range before it looks at a key of another table.
    if (table?.computes === true && largestIn(root) >= SUM_SAFE) {
      throw untold(text, "an index computes with the numbers, and in pg-mem they do not overflow");
    }
    try {
      this.#prepared(tree, text).bind().executeAll();
    } catch (error) {
      throw (
        (table && refusalOf(firstLine(messageOf(error)), root, table)) ??
        untold(text, firstLine(messageOf(error)))
      );
    }

    return NOTHING;
  }

  /** To prepare a write takes longer than to run it, and the same one comes in many cases. */
  #prepared(tree: Statement, text: string): IPreparedQuery {
    const { db, writes } = this.#shape;
    const prepared = writes.get(text) ?? db.public.prepare([tree]);
    if (writes.size >= WRITES_MAX) writes.clear();
    writes.set(text, prepared);

    return prepared;
  }

  /** Each text is a transaction of its own, if it is in none: what begins or ends one is taken at its ends only. */
  #control({ tree, text, isFirst, isLast }: ReadStatement): Answer {
    const { kind, ...more } = tree as { readonly kind?: string };
    const isPlain = Object.keys(more).every((field) => field === "location");
    const isOpen = this.#transaction !== undefined;
    if (isPlain && kind === "TRANS_STMT_BEGIN" && isFirst && !isOpen) {
      this.#transaction = { ...this.save(), failed: false };
    } else if (isPlain && ENDS.includes(kind ?? "") && isLast && (isFirst || isOpen)) {
      const isBack = kind === "TRANS_STMT_ROLLBACK" || this.#transaction?.failed === true;
      if (isBack && this.#transaction !== undefined) this.restore(this.#transaction);
      this.#transaction = undefined;
    } else {
      throw untold(text, "pg-mem has no such transaction");
    }

    return NOTHING;
  }
}

/** @throws Inconclusive where the work fails: pg-mem cannot do it */
function told<Result>(text: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw untold(text, firstLine(messageOf(error)));
  }
}

function untold(text: string, reason: string): Inconclusive {
  return new Inconclusive(`memory cannot tell: ${reason} (in: ${opening(text)})`);
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? "";
}

/** The largest number that the statement spells, without its sign. */
function largestIn(root: SyntaxNode): number {
  const own = constantOf(root);

  return Math.max(typeof own === "number" ? Math.abs(own) : 0, ...root.children.map(largestIn));
}

/** @throws Inconclusive for a value whose text PostgreSQL may write in another way */
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
