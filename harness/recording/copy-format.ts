/** Reads rows in the text and CSV formats of COPY (pure; PostgreSQL manual, COPY, File Formats). */
import { getChildren, getString, getStrings, type SyntaxNode } from "../release/syntax.ts";

export interface CopyFormat {
  readonly isCsv: boolean;
  readonly delimiter: string;
  /** Stands for NULL. */
  readonly nullText: string;
  readonly quote: string;
  /** Within quotes. */
  readonly escape: string;
  readonly hasHeader: boolean;
  /** Stands for the default of the column. */
  readonly defaultText?: string;
  /** The columns in which a quoted value may stand for NULL; `*` for all. */
  readonly forceNull: readonly string[];
  /** The columns in which no value stands for NULL; `*` for all. */
  readonly forceNotNull: readonly string[];
}

/** Change how rows are loaded, and not what they are. */
const WITHOUT_EFFECT = new Set(["format", "freeze", "log_verbosity"]);
const READABLE = new Set([
  ...["delimiter", "null", "quote", "escape", "header", "default", "force_null", "force_not_null", "encoding"],
]);

/**
 * The format that a COPY statement names; for binary that of its record, which is text.
 * @returns undefined if the rows cannot be read without the server: in another encoding, or if not all are loaded
 */
export function readCopyFormat(copy: SyntaxNode): CopyFormat | undefined {
  const options = getChildren(copy, "options");
  const names = options.map((option) => getString(option, "defname"));
  const find = (name: string) => options.find((option) => getString(option, "defname") === name);
  const read = (name: string) => getStrings(find(name) ?? { ...copy, children: [] }, "arg").at(0);
  const format = read("format") ?? "text";
  const isUtf8 = /^utf-?8$/i.test(read("encoding") ?? "utf8");
  const isRead = names.every((name) => WITHOUT_EFFECT.has(name) || READABLE.has(name));
  const isFiltered = getChildren(copy, "whereClause").length > 0;
  if (!isRead || !isUtf8 || isFiltered) return undefined;
  const isCsv = format === "csv";
  const quote = read("quote") ?? '"';
  const defaultText = read("default");

  return {
    ...{ isCsv, quote, escape: read("escape") ?? quote, hasHeader: isOn(find("header")) },
    ...{ delimiter: read("delimiter") ?? (isCsv ? "," : "\t"), nullText: read("null") ?? (isCsv ? "" : "\\N") },
    ...{ forceNull: readColumns(find("force_null")), forceNotNull: readColumns(find("force_not_null")) },
    ...(defaultText !== undefined && { defaultText }),
  };
}

/** Without a value, an option is on. */
function isOn(option: SyntaxNode | undefined): boolean {
  if (option === undefined) return false;
  const [value] = getChildren(option, "arg");
  if (value === undefined) return true;
  if (value.kind === "Boolean") return value.fields["boolval"] === true;

  return !/^(?:false|off|0|)$/i.test(String(value.fields["sval"] ?? value.fields["ival"] ?? ""));
}

function readColumns(option: SyntaxNode | undefined): readonly string[] {
  const [value] = option === undefined ? [] : getChildren(option, "arg");
  if (value === undefined) return [];

  return value.kind === "A_Star" ? ["*"] : getStrings(value, "items");
}

/** A value as it is written; of CSV without its quotes. */
export interface CopyCell {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** The rows without the header, and without the line `\.` and what follows it. */
export function splitCopy(data: string, format: CopyFormat): readonly (readonly CopyCell[])[] {
  const reader = new CopyReader(data, format);
  const rows: (readonly CopyCell[])[] = [];
  while (!reader.isAtEnd) rows.push(reader.readRow());

  return format.hasHeader ? rows.slice(1) : rows;
}

class CopyReader {
  readonly #data: string;
  readonly #format: CopyFormat;
  #at = 0;

  constructor(data: string, format: CopyFormat) {
    this.#data = data;
    this.#format = format;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#data.length || /^\\\.(?:\r|\n|$)/.test(this.#data.slice(this.#at, this.#at + 3));
  }

  readRow(): readonly CopyCell[] {
    const cells = [this.#readCell()];
    while (this.#data.startsWith(this.#format.delimiter, this.#at)) {
      this.#at += this.#format.delimiter.length;
      cells.push(this.#readCell());
    }
    this.#at += this.#data.startsWith("\r\n", this.#at) ? 2 : 1;

    return cells;
  }

  #readCell(): CopyCell {
    let text = "";
    let isQuoted = false;
    for (; !this.#isCellEnd; this.#at += 1) {
      const char = this.#data[this.#at] ?? "";
      if (this.#format.isCsv && char === this.#format.quote) {
        isQuoted = true;
        text += this.#readQuoted();
      } else {
        text += char;
        // A backslash takes the character after it along, even a delimiter or the end of a line.
        if (!this.#format.isCsv && char === "\\") text += this.#data[++this.#at] ?? "";
      }
    }

    return { text, isQuoted };
  }

  get #isCellEnd(): boolean {
    const char = this.#data[this.#at];

    return char === undefined || char === "\n" || char === "\r" || char === this.#format.delimiter;
  }

  /** From the quote on, up to the one that ends it. */
  #readQuoted(): string {
    const { quote, escape: escapes } = this.#format;
    let text = "";
    for (this.#at += 1; this.#at < this.#data.length; this.#at += 1) {
      const char = this.#data[this.#at] ?? "";
      const next = this.#data[this.#at + 1];
      if (char === escapes && (next === quote || next === escapes)) {
        text += next;
        this.#at += 1;
      } else if (char === quote) break;
      else text += char;
    }

    return text;
  }
}
