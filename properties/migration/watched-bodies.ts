/**
 * Looks at each UPDATE in a DO block or in a function that a statement calls: the body is sent with calls around it, which
 * read what its expressions give on the rows that its WHERE takes, and what stands there just after it. The calls after it
 * change neither FOUND nor ROW_COUNT (PostgreSQL manual, 41.5.5 Obtaining the Result Status).
 */
import { escapeLiteral } from "pg";
import type { StatementResult } from "../../harness/database/session.ts";
import type { StatementSender } from "../../harness/release/apply.ts";
import type { Parser } from "../../harness/release/parser.ts";
import type { Statement, Step } from "../../harness/release/release.ts";
import { type BodyUpdate, findBodyUpdates, type Surrounded, surround } from "./model/body-updates.ts";
import { findUnset, type UpdateEffect } from "./model/update-effects.ts";
import {
  formatExpectation,
  formatRows,
  readAside,
  readColumns,
  toExpected,
  type UpdatedColumns,
} from "./read-expected.ts";

/** What looks at rows: a function of the session's own, whose queries no policy binds. */
const SETUP = `CREATE TEMP TABLE plumbline_looks (id int, moment text, query text);
CREATE TEMP TABLE plumbline_seen (id int, moment text, turn bigint, cells text[]);
CREATE INDEX ON plumbline_seen (id, turn);
CREATE TEMP SEQUENCE plumbline_turn;
CREATE FUNCTION pg_temp.plumbline_look(int, text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $look$
DECLARE query text := (SELECT l.query FROM pg_temp.plumbline_looks AS l WHERE l.id = $1 AND l.moment = $2);
BEGIN
  -- Most turns of a loop may take no row.
  IF $2 <> 'after' OR EXISTS (SELECT FROM pg_temp.plumbline_seen AS s
    WHERE s.id = $1 AND s.turn = currval('pg_temp.plumbline_turn')) THEN
    EXECUTE format('INSERT INTO pg_temp.plumbline_seen SELECT %s, %L, currval(''pg_temp.plumbline_turn''), q.cells FROM (%s) AS q(cells)', $1, $2, query);
  END IF;
  RETURN true;
END $look$;
GRANT ALL ON pg_temp.plumbline_looks, pg_temp.plumbline_seen, pg_temp.plumbline_turn TO PUBLIC;`;

/** A loop may have millions of turns: only the first ones are looked at. */
const IS_EARLY = "currval('pg_temp.plumbline_turn') <= 1000";

/** Must be called as a superuser, before anything is applied. */
export async function prepareLooks(session: StatementSender): Promise<void> {
  await session.query(SETUP);
}

interface Place {
  readonly step: Step;
  readonly statement: Statement;
}

interface Looked extends BodyUpdate {
  readonly columns: UpdatedColumns;
  readonly place: Place;
}

/** Statements that may call functions. */
const CALLING = new Set(["SelectStmt", "CallStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"]);

export class BodyWatch {
  readonly #session: StatementSender;
  readonly #parser: Parser;
  readonly #isSuperuser: boolean;
  readonly #looked: Looked[] = [];

  /** @param isSuperuser whether the session sees all rows, and may replace functions */
  constructor(session: StatementSender, parser: Parser, isSuperuser: boolean) {
    this.#session = session;
    this.#parser = parser;
    this.#isSuperuser = isSuperuser;
  }

  /** Sends a statement such that the UPDATEs of its block, or of the functions that it names, are looked at. */
  async tryExecute(
    sql: string,
    place: Place,
  ): Promise<StatementResult & { readonly effects: readonly UpdateEffect[] }> {
    const { node } = place.statement;
    if (node !== "DoStmt" && !CALLING.has(node)) return { ...(await this.#session.tryExecute(sql)), effects: [] };
    const from = this.#looked.length;
    const isInside = (await this.#session.tryExecute("SAVEPOINT plumbline_body")).error === undefined;
    const functions = CALLING.has(node) && this.#isSuperuser ? await this.#replaceFunctions(sql, place) : [];
    const watched = node === "DoStmt" ? await this.#surround(sql, place) : sql;
    const result = await this.#session.tryExecute(watched);
    if (result.error !== undefined) {
      if (isInside) await this.#session.tryExecute("ROLLBACK TO SAVEPOINT plumbline_body");
      for (const definition of isInside ? [] : functions) await this.#session.tryExecute(definition);

      // The looks themselves may have failed.
      return this.#looked.length === from
        ? { ...result, effects: [] }
        : { ...(await this.#session.tryExecute(sql)), effects: [] };
    }
    for (const definition of functions) await this.#session.tryExecute(definition);
    if (isInside) await this.#session.tryExecute("RELEASE SAVEPOINT plumbline_body");
    const effects: UpdateEffect[] = [];
    for (const [index, looked] of this.#looked.entries()) {
      if (index >= from) effects.push(...(await this.#readEffects(index, looked)));
    }

    return { ...result, effects };
  }

  /** @returns the definitions as they were */
  async #replaceFunctions(sql: string, place: Place): Promise<readonly string[]> {
    const words = [...new Set(sql.match(/[\p{L}_][\p{L}\p{N}_$]*/gu))].map((word) => escapeLiteral(word));
    const found = await readAside(
      this.#session,
      `SELECT pg_get_functiondef(p.oid) FROM pg_proc AS p JOIN pg_language AS l ON l.oid = prolang
WHERE p.oid >= 16384 AND lanname = 'plpgsql' AND prorettype <> 'trigger'::regtype AND prosrc ~* '\\mUPDATE\\M'
  AND pronamespace::regnamespace::text !~ '^pg_' AND proname IN (${words.join(", ") || "NULL"})`,
    );
    const replaced: string[] = [];
    for (const [definition = null] of found ?? []) {
      const watched = definition === null ? undefined : await this.#surround(definition, place);
      if (definition === null || watched === definition || watched === undefined) continue;
      if ((await this.#session.tryExecute(watched)).error === undefined) replaced.push(definition);
    }

    return replaced;
  }

  async #surround(text: string, { step, statement }: Place): Promise<string> {
    const surrounded: Surrounded[] = [];
    for (const found of findBodyUpdates(this.#parser, text)) {
      if (found.hasVariables && !this.#isSuperuser) continue;
      const columns = await readColumns(this.#session, found.update);
      if (columns === undefined) continue;
      const line = statement.line + text.slice(0, found.at[0]).split("\n").length - 1;
      const own = statement.node === "DoStmt" ? { ...statement, line } : statement;
      const id = this.#looked.push({ ...found, columns, place: { step, statement: own } }) - 1;
      surrounded.push({ at: found.at, ...(await this.#formatLooks(id, found, columns)) });
    }

    return surround(text, surrounded);
  }

  async #formatLooks(
    id: number,
    { update, hasVariables }: BodyUpdate,
    columns: UpdatedColumns,
  ): Promise<Omit<Surrounded, "at">> {
    const wrap = (cells: string): string => `ARRAY[${cells}]::text[]`;
    const expected = formatExpectation(update, columns, wrap);
    const queries = { first: expected, second: expected, after: formatRows(update, columns, wrap) };
    const looks = Object.entries(queries).map(([moment, query]) => `(${id}, '${moment}', ${escapeLiteral(query)})`);
    await this.#session.query(`INSERT INTO pg_temp.plumbline_looks VALUES ${looks.join(", ")}`);
    const look = (moment: string): string =>
      hasVariables
        ? `INSERT INTO pg_temp.plumbline_seen
SELECT ${id}, '${moment}', currval('pg_temp.plumbline_turn'), plumbline_q.c FROM (${expected}) AS plumbline_q(c);`
        : `PERFORM pg_temp.plumbline_look(${id}, '${moment}');`;

    return {
      before: `PERFORM nextval('pg_temp.plumbline_turn'); IF ${IS_EARLY} THEN ${look("first")} ${look("second")} END IF; `,
      after: ` IF ${IS_EARLY} AND pg_temp.plumbline_look(${id}, 'after') THEN NULL; END IF;`,
    };
  }

  /** The first time that a value was missing just after the UPDATE, and still is when the statement has ended. */
  async #readEffects(id: number, { columns, update, place }: Looked): Promise<readonly UpdateEffect[]> {
    const seen = await readAside(
      this.#session,
      `SELECT moment, turn::text, to_json(cells)::text FROM pg_temp.plumbline_seen WHERE id = ${id} ORDER BY turn, moment`,
    );
    const rows = await readAside(this.#session, formatRows(update, columns));
    const turns = [...new Set((seen ?? []).map(([, turn]) => turn))];
    const effects = turns.flatMap((turn): UpdateEffect[] => {
      const at = (wanted: string): (string | null)[][] =>
        (seen ?? []).flatMap(([moment, other, cells]) =>
          moment === wanted && other === turn ? [JSON.parse(cells ?? "[]") as (string | null)[]] : [],
        );
      const expected = toExpected(columns, at("first"), at("second"));

      return expected === undefined ? [] : [{ ...expected, ...place, rows: at("after") }];
    });
    const isLasting = (effect: UpdateEffect): boolean => {
      const final = findUnset({ ...effect, rows: rows ?? effect.expected });

      return findUnset(effect).some(({ column }) => final.some((one) => one.column === column));
    };

    return effects.filter(isLasting).slice(0, 1);
  }
}
