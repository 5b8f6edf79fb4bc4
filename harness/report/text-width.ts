/**
 * Columns are counted as a terminal counts them: an emoji or an ideograph takes two, a combining mark none. Text is cut
 * between the characters a reader sees, never inside one.
 */

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Characters that show as pictures even where no variation selector asks for it; flags are pairs of indicators. */
const picture = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[\u{1f1e6}-\u{1f1ff}]{2}|\u20e3/u;
const zero = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11ff]/u;
/** The blocks that Unicode lists as wide or full-width, pictures aside. */
const wide =
  /[\u1100-\u115f\u231a\u231b\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;

/** How many columns of a terminal a text of one line takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += columnsOfGrapheme(segment);

  return columns;
}

function columnsOfGrapheme(grapheme: string): number {
  if (picture.test(grapheme)) return 2;

  let columns = 0;
  for (const char of grapheme) columns += zero.test(char) ? 0 : wide.test(char) ? 2 : 1;

  // What is told as one character has at most two, of however many parts it is made.
  return Math.min(columns, 2);
}

/** The beginning of a text that fits; what was cut is marked by `…`. */
export function shorten(text: string, columns: number): string {
  return columnsOf(text) <= columns ? text : `${headOf(text, columns - 1)}…`;
}

/** The text filled up with spaces, or cut, to exactly so many columns; figures stand at the right end. */
export function column(text: string, columns: number, end: "left" | "right" = "left"): string {
  const fitting = shorten(text, columns);
  const gap = " ".repeat(Math.max(0, columns - columnsOf(fitting)));

  return end === "left" ? fitting + gap : gap + fitting;
}

/**
 * The text in lines that fit, broken at spaces where there are any; at least one line.
 * @param columns at least 2, so that a wide character finds room
 */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(" ")) {
    const longer: string = line === undefined ? word : `${line} ${word}`;
    if (columnsOf(longer) <= columns) {
      line = longer;
      continue;
    }
    if (line !== undefined) lines.push(line);
    const pieces = piecesOf(word, columns);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1);
  }

  return [...lines, line ?? ""];
}

function piecesOf(word: string, columns: number): string[] {
  const pieces: string[] = [];
  let rest = word;
  while (columnsOf(rest) > columns) {
    const head = headOf(rest, columns);
    if (head === "") break;
    pieces.push(head);
    rest = rest.slice(head.length);
  }

  return [...pieces, rest];
}

function headOf(text: string, columns: number): string {
  let head = "";
  let taken = 0;
  for (const { segment } of graphemes.segment(text)) {
    taken += columnsOfGrapheme(segment);
    if (taken > columns) break;
    head += segment;
  }

  return head;
}
