/** Reads the rows of COPY in the binary format (PostgreSQL manual, COPY, Binary Format), with the types of their columns. */
import type { Session } from "../database/session.ts";
import type { Parser } from "../release/parser.ts";
import { getChildren, getString, getStrings, listNodes, type SyntaxNode } from "../release/syntax.ts";
import { BodyReader } from "./body-reader.ts";
import type { DraftStatement } from "./draft-statement.ts";
import type { RecordedCopy } from "./record.ts";
import { isCopyIn } from "./sent-statements.ts";

export interface BinaryCopy {
  readonly rows: readonly (readonly (Buffer | null)[])[];
  /** OIDs of the columns, as the table has them now. */
  readonly types: readonly number[];
}

/** Rows in binary whose table is there with as many columns; others are left out. */
export async function readBinaryCopies(
  statements: readonly DraftStatement[],
  session: Session,
  parser: Parser,
): Promise<ReadonlyMap<RecordedCopy, BinaryCopy>> {
  const found = new Map<RecordedCopy, BinaryCopy>();
  for (const { sql, copies } of statements) {
    if (!copies.some(({ format }) => format === "binary")) continue;
    const parse = parser.parse(sql);
    const sent = "message" in parse ? [] : parse.statements.filter(isCopyIn);
    for (const [index, copy] of copies.entries()) {
      const statement = sent[index];
      if (copy.format !== "binary" || statement === undefined) continue;
      const rows = parseBinaryCopy(Buffer.from(copy.data, "base64"));
      const [root] = listNodes(statement.node, statement.tree);
      const types = root === undefined ? [] : await readTypes(session, root);
      if (rows.every(({ length }) => length === types.length)) found.set(copy, { rows, types });
    }
  }

  return found;
}

const SIGNATURE_BYTES = 11;
const TRAILER = 0xffff;

/** @throws ProtocolError if the data ends too early */
export function parseBinaryCopy(data: Buffer): readonly (readonly (Buffer | null)[])[] {
  const reader = new BodyReader(data);
  reader.skip(SIGNATURE_BYTES + 4);
  reader.skip(reader.int32());
  const rows: (readonly (Buffer | null)[])[] = [];
  for (let count = reader.int16(); (count & 0xffff) !== TRAILER; count = reader.int16()) {
    rows.push(Array.from({ length: count }, () => reader.value()));
  }

  return rows;
}

/** COPY leaves generated columns out. */
const TYPES = `SELECT a.attname AS name, a.atttypid::text AS type FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = (
  SELECT c.oid FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relname = $1 AND ($2 = '' OR n.nspname = $2) AND c.relkind IN ('r', 'p', 'f', 'v')
  ORDER BY pg_catalog.pg_table_is_visible(c.oid) DESC, c.oid LIMIT 1
) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum`;

async function readTypes(session: Session, copy: SyntaxNode): Promise<readonly number[]> {
  const [relation] = getChildren(copy, "relation");
  const names = [relation && getString(relation, "relname"), relation && getString(relation, "schemaname")];
  const columns = await session.query(TYPES, names);
  const listed = getStrings(copy, "attlist");
  const chosen = listed.length === 0 ? columns : listed.map((name) => columns.find((each) => each["name"] === name));

  return chosen.flatMap((column) => (column === undefined ? [] : [Number(column["type"])]));
}

/** Of the rows, in COPY's text format. */
export function formatCopyText(rows: readonly (readonly (string | null)[])[]): string {
  const formatCell = (cell: string | null) =>
    cell?.replace(/[\\\t\n\r]/g, (char) => `\\${{ "\t": "t", "\n": "n", "\r": "r" }[char] ?? char}`) ?? "\\N";

  return rows.map((row) => `${row.map(formatCell).join("\t")}\n`).join("");
}
