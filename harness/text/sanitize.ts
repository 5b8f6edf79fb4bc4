/**
 * Escapes what generated data may contain: line ends, escape codes, marks that change the writing direction. All output
 * passes through here, so that data can neither control a terminal nor end a comment.
 */

/** Control characters, line and paragraph separators, lone surrogates and invisible format characters but the joiner. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?!\u200d)\p{Cf}/gu;

/** What some readers of JSON and XML reject, although its grammar allows it. */
const unreadable = /\0|\p{Cs}/gu;

const shortEscapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Formats text as one line, with a visible escape for each invisible character: `\n`, `\u{1b}`. */
export function sanitize(text: string): string {
  return text.replace(unprintable, escapeCharacter);
}

/** Formats the lines of a text; tabs are kept. */
export function sanitizeLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(unprintable, (char) => (char === "\t" ? char : escapeCharacter(char))));
}

/** Escapes U+0000 and lone surrogates only. */
export function sanitizeForReports(text: string): string {
  return text.replace(unreadable, escapeCharacter);
}

function escapeCharacter(char: string): string {
  return shortEscapes[char] ?? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}
