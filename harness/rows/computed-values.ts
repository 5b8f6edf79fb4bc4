/** Computes what a CHECK equates a column with from the other columns of a row, as far as it is understood (pure). */
import { createHash } from "node:crypto";
import { columnIn, constantOf, lastName, listOf, type Tree, treeOf } from "./expression-tree.ts";
import { isPlace } from "./json-places.ts";
import type { Cell } from "./value-request.ts";

type Cells = Readonly<Record<string, Cell>>;

/** The columns that an expression reads; undefined where it has a part that `compute` does not know. */
export function findSourceColumns(tree: Tree | undefined): readonly string[] | undefined {
  if (tree === undefined) return undefined;
  const column = columnIn(tree);
  if (column !== undefined) return isPlace(column) ? undefined : [column];
  if (constantOf(tree) !== undefined) return [];
  const operands = operandsOf(tree);
  const found = operands?.map(findSourceColumns);

  return found?.every((columns) => columns !== undefined) ? found.flat() : undefined;
}

/** The value of an expression for a row; null where an operand is NULL, undefined where one is not known. */
export function compute(tree: Tree | undefined, cells: Cells): Cell {
  if (tree === undefined) return undefined;
  const column = columnIn(tree);
  if (column !== undefined) return cells[column];
  const constant = constantOf(tree);
  if (constant !== undefined) return constant;
  const operands = (operandsOf(tree) ?? []).map((operand) => compute(operand, cells));
  if (operands.includes(undefined)) return undefined;
  const values = operands.filter((operand) => typeof operand === "string");

  return values.length < operands.length ? null : FUNCTIONS[nameOf(tree)]?.(...values);
}

/** The operands of a call or an operator that is known, casts aside. */
function operandsOf(tree: Tree): readonly (Tree | undefined)[] | undefined {
  const { kind, fields } = tree;
  if (kind === "TypeCast" || kind === "CollateClause") return operandsOf(treeOf(fields["arg"]) ?? tree);
  if (!(nameOf(tree) in FUNCTIONS)) return undefined;

  return kind === "FuncCall" ? listOf(fields["args"]) : [treeOf(fields["lexpr"]), treeOf(fields["rexpr"])];
}

function nameOf({ kind, fields }: Tree): string {
  if (kind === "TypeCast" || kind === "CollateClause") {
    const inner = treeOf(fields["arg"]);

    return inner === undefined ? "" : nameOf(inner);
  }
  if (kind === "FuncCall") return lastName(fields["funcname"]);

  return kind === "A_Expr" && fields["kind"] === "AEXPR_OP" ? lastName(fields["name"]) : "";
}

const FUNCTIONS: Readonly<Record<string, (...operands: string[]) => string | undefined>> = {
  "+": arithmetic((left, right) => left + right),
  "-": arithmetic((left, right) => left - right),
  "*": arithmetic((left, right) => left * right),
  "||": (left = "", right = "") => left + right,
  concat: (...parts) => parts.join(""),
  lower: (value = "") => value.toLowerCase(),
  upper: (value = "") => value.toUpperCase(),
  btrim: (value = "") => value.replace(/^ +| +$/g, ""),
  length: (value = "") => String(value.startsWith("\\x") ? value.length / 2 - 1 : [...value].length),
  char_length: (value = "") => String([...value].length),
  octet_length: (value = "") => String(toBytes(value).length),
  md5: (value = "") => hash("md5", value),
  digest: (value = "", algorithm = "") => toBytea(hash(algorithm, value)),
  sha224: (value = "") => toBytea(hash("sha224", value)),
  sha256: (value = "") => toBytea(hash("sha256", value)),
  sha384: (value = "") => toBytea(hash("sha384", value)),
  sha512: (value = "") => toBytea(hash("sha512", value)),
  encode: (value = "", format = "") =>
    /^(?:hex|base64)$/.test(format) ? toBytes(value).toString(format as BufferEncoding) : undefined,
};

function arithmetic(operate: (left: number, right: number) => number) {
  return (left = "", right = ""): string | undefined => {
    const result = operate(Number(left), Number(right));

    return Number.isSafeInteger(result) ? String(result) : undefined;
  };
}

const ALGORITHMS = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];

function hash(algorithm: string, value: string): string | undefined {
  return ALGORITHMS.includes(algorithm) ? createHash(algorithm).update(toBytes(value)).digest("hex") : undefined;
}

function toBytea(hex: string | undefined): string | undefined {
  return hex === undefined ? undefined : `\\x${hex}`;
}

/** The bytes of a bytea, which PostgreSQL writes as `\x…`, or of a text. */
function toBytes(value: string): Buffer {
  return value.startsWith("\\x") ? Buffer.from(value.slice(2), "hex") : Buffer.from(value);
}
