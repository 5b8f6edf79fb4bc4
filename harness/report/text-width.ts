/**
 * Columns are counted as a terminal counts them: an emoji or an ideograph takes two, a combining mark none. Text is cut
 * between the characters a reader sees, never inside one.
 */
import stringWidth from "string-width";

/** Most texts are plain, one column a character, and then nothing has to be looked up: what looks it up is slow to begin. */
const PLAIN = /^[ -~¡-¬®-˿–—‘’“”•…→×≥≤]*$/;

let graphemes: Intl.Segmenter | undefined;

/** How many columns of a terminal a text of one line takes. */
export function measureWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** The beginning of a text that fits; what was cut is marked by `…`. */
export function truncate(text: string, columns: number): string {
  return measureWidth(text) <= columns ? text : `${headOf(text, columns - 1)}…`;
}

/** The text filled up with spaces, or cut, to exactly so many columns; figures stand at the right end. */
export function padText(text: string, columns: number, end: "left" | "right" = "left"): string {
  const fitting = truncate(text, columns);
  const gap = " ".repeat(Math.max(0, columns - measureWidth(fitting)));

  return end === "left" ? fitting + gap : gap + fitting;
}

/**
 * The text in lines that fit, broken at spaces where there are any; at least one line.
 * @param columns at least 2, so that a wide character finds room
 */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(" ")) {
    const longer: string = line === undefined ? word : `${line} ${word}`;
    if (measureWidth(longer) <= columns) {
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
  while (measureWidth(rest) > columns) {
    const head = headOf(rest, columns);
    if (head === "") break;
    pieces.push(head);
    rest = rest.slice(head.length);
  }

  return [...pieces, rest];
}

function headOf(text: string, columns: number): string {
  if (PLAIN.test(text)) return text.slice(0, Math.max(0, columns));
  graphemes ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  let head = "";
  let taken = 0;
  for (const { segment } of graphemes.segment(text)) {
    taken += measureWidth(segment);
    if (taken > columns) break;
    head += segment;
  }

  return head;
}
