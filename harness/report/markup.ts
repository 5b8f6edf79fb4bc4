/**
 * HTML by template: whatever is put in is text, and cannot become an element, end an attribute or steer the page. Only
 * what a template made stays as it is (pure).
 */
import { printable } from "../text/sanitize.ts";

/** A piece of HTML that a template made. */
export class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

export type Piece = Markup | string | number | readonly Markup[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** The template's own text as it is, what is put in escaped; a list of pieces is joined. */
export function markup(texts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(texts.reduce((html, text, index) => `${html}${htmlOf(pieces[index - 1] ?? "")}${text}`));
}

/** Lines of text that keep their ends, as in `<pre>`; what cannot be seen is shown as an escape. */
export function preformatted(texts: readonly string[]): Markup {
  return new Markup(texts.map((text) => text.split("\t").map(escaped).join("\t")).join("\n"));
}

function htmlOf(piece: Piece): string {
  if (piece instanceof Markup) return piece.html;
  if (typeof piece === "string" || typeof piece === "number") return escaped(String(piece));

  return piece.map(({ html }) => html).join("\n");
}

function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
