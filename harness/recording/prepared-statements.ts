/**
 * Keeps the prepared statements and portals of a session, as the server has them (pure; PostgreSQL manual, 54.2.3 Extended
 * Query).
 */
import { ProtocolError } from "./body-reader.ts";
import type { DraftStatement } from "./draft-statement.ts";
import type { RecordedColumn } from "./record.ts";
import type { Binding, ClientMessage, ServerMessage } from "./wire-messages.ts";

export interface Prepared {
  readonly sql: string;
  types: readonly number[];
  columns: readonly RecordedColumn[];
}

export interface Portal {
  readonly binding: Binding;
  readonly prepared: Prepared;
  columns: readonly RecordedColumn[] | undefined;
  /** Set while it has been read in part. */
  suspended?: DraftStatement | undefined;
}

export class PreparedStatements {
  readonly #statements = new Map<string, Prepared>();
  readonly #portals = new Map<string, Portal>();

  /** The statement that a message sends, binds or executes. */
  find(message: ClientMessage | undefined): Prepared | undefined {
    switch (message?.kind) {
      case "query":
        return { sql: message.sql, types: [], columns: [] };
      case "parse":
        return { sql: message.sql, types: message.types, columns: [] };
      case "bind":
        return this.#statements.get(message.statement);
      case "describe":
      case "close":
        return message.target === "statement"
          ? this.#statements.get(message.name)
          : this.#portals.get(message.name)?.prepared;
      default:
        return this.findPortal(message)?.prepared;
    }
  }

  /** The portal that a message executes. */
  findPortal(message: ClientMessage | undefined): Portal | undefined {
    return message?.kind === "execute" ? this.#portals.get(message.portal) : undefined;
  }

  /**
   * Applies the server's answer to a message other than a query or Execute.
   * @returns whether it is the last one
   * @throws ProtocolError if it is no answer to that message
   */
  apply(message: ClientMessage | undefined, answer: ServerMessage): boolean {
    if (message?.kind === "parse" && answer.kind === "parsed") {
      this.#statements.set(message.name, { sql: message.sql, types: message.types, columns: [] });
    } else if (message?.kind === "bind" && answer.kind === "bound") {
      const prepared = this.find(message);
      if (prepared === undefined) throw new ProtocolError(`it binds ${message.statement}, which it prepared in SQL`);
      this.#portals.set(message.portal, { binding: message, prepared, columns: undefined });
    } else if (message?.kind === "close" && answer.kind === "closed") {
      (message.target === "statement" ? this.#statements : this.#portals).delete(message.name);
    } else if (message?.kind === "describe") return this.#describe(message.target, message.name, answer);
    else throw new ProtocolError(`the server answers ${message?.kind ?? "nothing"} with ${answer.kind}`);

    return true;
  }

  #describe(target: "statement" | "portal", name: string, answer: ServerMessage): boolean {
    const [statement, portal] = [this.#statements.get(name), this.#portals.get(name)];
    if (answer.kind === "parameterTypes") {
      if (statement !== undefined) statement.types = answer.types;

      return false;
    }
    const described = target === "statement" ? statement : portal;
    if (answer.kind === "columns" && described !== undefined) described.columns = answer.columns;

    return true;
  }
}
