/**
 * Measures, wraps, cuts and pads text in terminal columns: an ideograph takes two, a combining mark none.
 */
import cliTruncate from "cli-truncate";
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

/** Texts of which every character takes one column: the general case is slower. */
const PLAIN = /^[ -~¡-¬®-˿–—‘’“”•…→×≥≤✓✗]*$/;

export function measureWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

/** The text in at most so many columns; `…` marks what is cut. */
export function truncate(text: string, columns: number, position: "end" | "middle" = "end"): string {
  if (measureWidth(text) <= columns) return text;
  const options = { position, preferTruncationOnSpace: position === "middle" };
  let cut = cliTruncate(text, columns, options);
  // It exceeds the limit by one where that is in the middle of a wide character.
  for (let limit = columns - 1; measureWidth(cut) > columns && limit > 0; limit -= 1) {
    cut = cliTruncate(text, limit, options);
  }

  return cut;
}

/** The text filled up with spaces, or cut, to exactly so many columns. */
export function padText(text: string, columns: number, align: "left" | "right" = "left"): string {
  const fitting = truncate(text, columns);
  const padding = " ".repeat(Math.max(0, columns - measureWidth(fitting)));

  return align === "left" ? fitting + padding : padding + fitting;
}

/** The text in lines that fit, broken at spaces where there are any; at least one line. It is normalized to NFC. */
export function wrapText(text: string, columns: number): string[] {
  return measureWidth(text) <= columns ? [text] : wrapAnsi(text, columns, { hard: true }).split("\n");
}
