/**
 * Text that came from generated data may hold anything: line ends, escape codes, marks that turn the writing
 * direction. Whatever is told passes through here, so that data can neither steer a terminal nor end a comment.
 */

/** Control characters, line and paragraph separators, lone surrogates and invisible format characters but the joiner. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?!\u200d)\p{Cf}/gu;

/** What JSON readers and XML readers stumble over, whatever its grammar allows. */
const unreadable = /\0|\p{Cs}/gu;

const shortEscapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text in one line, with a visible escape for each character that cannot be seen: `\n`, `\u{1b}`. */
export function sanitize(text: string): string {
  return text.replace(unprintable, escapeOf);
}

/** The lines of a longer text; a tab stays as it is. */
export function sanitizeLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(unprintable, (char) => (char === "\t" ? char : escapeOf(char))));
}

/** The text with a visible escape for U+0000 and for lone surrogates, and otherwise as it is. */
export function sanitizeForReports(text: string): string {
  return text.replace(unreadable, escapeOf);
}

function escapeOf(char: string): string {
  return shortEscapes[char] ?? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}
