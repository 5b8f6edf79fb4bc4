/**
 * Builds HTML from templates. Inserted values are escaped, so that data cannot become an element or end an attribute;
 * only markup from a template stays as it is.
 */
import { sanitize } from "../text/sanitize.ts";

export class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

type Piece = Markup | string | number | readonly Markup[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** The template's own text as it is, inserted values escaped; a list is joined. */
export function markup(texts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(texts.reduce((html, text, index) => `${html}${toHtml(pieces[index - 1] ?? "")}${text}`));
}

/** Lines of text for `<pre>`; invisible characters become visible escapes. */
export function escapeLines(texts: readonly string[]): Markup {
  return new Markup(texts.map((text) => text.split("\t").map(escapeHtml).join("\t")).join("\n"));
}

function toHtml(piece: Piece): string {
  if (piece instanceof Markup) return piece.html;
  if (typeof piece === "string" || typeof piece === "number") return escapeHtml(String(piece));

  return piece.map(({ html }) => html).join("\n");
}

function escapeHtml(text: string): string {
  return sanitize(text).replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
