import pg from "pg";
import { expect, test } from "vitest";
import { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { loadParser } from "../release/parser.ts";
import { formatCopy } from "./copied-rows.ts";
import { decodeStatements } from "./decode-values.ts";
import { splitOnly } from "./testing/hand-written.ts";
import { useToolDatabases } from "./testing/tool-scripts.ts";

const { createDatabase } = useToolDatabases();

/** COPY's data goes through the driver's own hooks. */
class CopyQuery extends pg.Query {
  readonly #data: Buffer;

  constructor(sql: string, data: Buffer, done: (error: Error | undefined) => void) {
    super(sql, undefined, done);
    this.#data = data;
  }

  handleCopyInResponse(connection: { sendCopyFromChunk(data: Buffer): void; endCopyFrom(): void }): void {
    connection.sendCopyFromChunk(this.#data);
    connection.endCopyFrom();
  }
}

const SETUP = `CREATE TABLE t (id int, name text DEFAULT 'none', at date, twice int GENERATED ALWAYS AS (id * 2) STORED)`;

/** What the server makes of COPY, and what it makes of the statements instead of it: the rows as text. */
async function loadBoth(sql: string, data: string | Buffer): Promise<readonly (readonly string[])[]> {
  const connection = await createDatabase(SETUP);
  const client = new pg.Client(connection);
  await client.connect();
  await new Promise<void>((resolve, reject) => {
    client.query(new CopyQuery(sql, Buffer.from(data), (error) => (error ? reject(error) : resolve())));
  });
  await client.end();
  const isBinary = Buffer.isBuffer(data);
  const copy = {
    format: isBinary ? ("binary" as const) : ("text" as const),
    data: data.toString(isBinary ? "base64" : "utf8"),
  };
  const common = {
    session: 1,
    batch: 1,
    protocol: "simple" as const,
    parameterTypes: [],
    before: "idle" as const,
    after: "idle" as const,
  };
  const [message] = await decodeStatements(
    [{ ...common, sql, parameters: [], results: [], copies: [copy] }],
    connection,
  );
  const inserts = formatCopy(splitOnly(await loadParser(), { sql, ...(message && { copies: message.copies }) }));
  await using session = await Session.open(connection);
  const read = async () =>
    (await session.query("SELECT t::text AS row FROM t ORDER BY ctid")).map(({ row }) => row ?? "");
  const copied = await read();
  await session.query("TRUNCATE t");
  for (const insert of inserts) await session.query(insert);

  return [copied, await read()];
}

const formats: readonly (readonly [sql: string, data: string | Buffer])[] = [
  ["COPY t FROM STDIN", "1\tit's\\ta\\\\b\\x41\\303\\251\t2026-01-01\n2\t\\N\t\\N\n3\tä\\\tb\t\\N\n\\.\n"],
  [
    "COPY t (name, id) FROM STDIN WITH (DELIMITER '|', NULL 'nil', HEADER)",
    "name|id\nnil|1\na\\|b|2\r\n".replace("\r", ""),
  ],
  ["COPY t (id, name) FROM STDIN (FORMAT csv)", '1,"a, ""b""\nc"\r\n2,""\r\n3,\r\n4,it\'s\r\n'],
  [
    "COPY t (id, name) FROM STDIN CSV HEADER DELIMITER ';' QUOTE '''' ESCAPE '\\' NULL '-'",
    "id;name\n1;'a\\'b\\\\'\n2;-\n3;'-'",
  ],
  ["COPY t (id, name) FROM STDIN (FORMAT csv, FORCE_NULL (name), HEADER false)", '1,""\n2,x\n'],
  ["COPY t (id, name) FROM STDIN (FORMAT csv, FORCE_NOT_NULL (name))", "1,\n2,x\n"],
  [
    "COPY t (id, name, at) FROM STDIN (FORMAT csv, DEFAULT '\\D', HEADER match)",
    'id,name,at\n1,\\D,2026-01-02\n2,"\\D",\n',
  ],
  ["COPY t (name) FROM STDIN CSV", "a\n\nb\n"],
  // The signature, flags and extension, then 1, a tab and é, NULL; 2, NULL, NULL; the trailer.
  [
    "COPY t FROM STDIN (FORMAT binary)",
    Buffer.from(
      `5047434f50590aff0d0a00${"00".repeat(8)}000300000004000000010000000309c3a9ffffffff` +
        "00030000000400000002ffffffffffffffffffff",
      "hex",
    ),
  ],
];

test.each(formats)("%s loads the same rows as the statements instead of it", async (sql, data) => {
  const [copied, inserted] = await loadBoth(sql, data);

  expect(copied?.length).toBeGreaterThan(0);
  expect(inserted).toEqual(copied);
});

const unread: readonly (readonly [sql: string, format: "text" | "binary"])[] = [
  ["COPY t FROM STDIN WHERE id > 1", "text"],
  ["COPY t FROM STDIN (ENCODING 'LATIN1')", "text"],
  ["COPY t FROM STDIN (FORMAT csv, ON_ERROR ignore)", "text"],
  ["COPY t FROM STDIN (FORMAT csv, FORCE_NULL (name))", "text"],
  ["COPY gone FROM STDIN (FORMAT binary)", "binary"],
];

test.each(unread)("%s cannot be replayed", async (sql, format) => {
  const statement = splitOnly(await loadParser(), { sql, copies: [{ format, data: "" }] });

  expect(() => formatCopy(statement)).toThrow(HarnessError);
});
