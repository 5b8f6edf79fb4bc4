import { describe, expect, test } from "vitest";
import type { PropertyResult } from "../property/verdict.ts";
import {
  createReleaseResult,
  createRunResult,
  held,
  known,
  mixed,
  references,
  stale,
  unknown,
  violated,
} from "../testing/sample-run.ts";
import { formatHtml } from "./html.ts";
import { markup } from "./markup.ts";

const page = (...properties: PropertyResult[]) =>
  formatHtml([{ run: createRunResult(createReleaseResult(...properties)), references }]);

describe("the page of a run", () => {
  test("says whether each release may ship, with every verdict in a table", () => {
    const html = page(held, violated, known, stale, unknown);

    expect(html).toContain(
      "phase-3.5-published must not ship: 1 rule violated, not listed as a known failure (C3), and 1 listed as known",
    );
    expect(html.match(/<tr><td>/g)).toHaveLength(5);
    expect(html).toContain('<td class="bad">VIOLATED</td>');
    expect(html).toContain('<td class="doubtful">violated, known</td>');
    expect(html).toContain("R1: the release has no emergency rollback");
    expect(html).toContain("seed 42, embedded PostgreSQL 18.4, 8.1 s");
  });

  test("shows a violation in the order of the terminal, and the table links to it", () => {
    const html = page(violated);
    const [anchor = ""] = /(?<=<a href="#)[^"]+/.exec(html) ?? [];
    const article = html.slice(html.indexOf(`<article id="${anchor}"`));
    const labels = [...article.matchAll(/<dt>(\w+)<\/dt>|<(pre)>/g)].map(([, label, sql]) => label ?? sql);

    expect(labels).toEqual(["property", "pre", "expected", "got", "reproduce", "script", "hint"]);
    expect(article).toContain("-- of the release, left out: the baseline, the migration\n");
    expect(article).toContain("npx pg-plumbline verify --release sql/published --only C3-negative --seed 42");
  });

  test("has the open questions, and the values where the statements are missing", () => {
    const bare = { ...violated, violation: { expected: "a", got: "b", script: [] } };

    expect(formatHtml([{ run: createRunResult(mixed), references }])).toContain("<strong>110 % of the pool");
    expect(page(bare)).toContain("<pre>{&quot;credits&quot;:-1}</pre>");
  });

  test("has unique ids where it shows several runs", () => {
    const reported = { run: createRunResult(createReleaseResult(violated)), references };
    const ids = [...formatHtml([reported, reported]).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);

    expect(new Set(ids).size).toBe(2);
  });

  test("needs no other file and runs no script", () => {
    const html = page(held, violated, known, stale, unknown);

    expect(html).not.toMatch(/<script|<link|@import|url\(|src=|https?:/);
    expect(html).toContain("prefers-color-scheme: dark");
    expect(html).toContain("@media print");
  });
});

describe("data is text", () => {
  const nasty = `</pre><script>alert("1")</script>&'\u001b[31m\u202e`;
  const shown = "&lt;/pre&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;\\u{1b}[31m\\u{202e}";

  test("in a template", () => {
    expect(markup`<b title="${nasty}">${[markup`${nasty}`]}</b>`.html).toBe(`<b title="${shown}">${shown}</b>`);
  });

  test("everywhere on the page", () => {
    const html = page({
      ...violated,
      ...{ title: nasty, because: nasty },
      violation: {
        ...{ expected: nasty, got: nasty, hint: nasty },
        script: [{ title: nasty, sql: `SELECT 1;\n-- ${nasty}\n` }],
      },
    });

    expect(html).not.toContain("<script");
    expect(html).not.toContain("\u001b");
    expect(html.split("&lt;script&gt;").length - 1).toBeGreaterThanOrEqual(7);
  });
});

test("notes of folders and of rules, and needs that are not met, are on the page", () => {
  const need = { message: "no <vector>", remedy: "Use another server" };
  const notes = [{ rule: "keeps.6", subject: "public.t", text: "it is left NOT VALID" }];
  const run = {
    ...createRunResult(
      { ...createReleaseResult(held), notes },
      { ...createReleaseResult(unknown), name: "0002", need },
    ),
    folders: [{ folder: "/checkout/db", layout: "Prisma", notes: ["it keeps no downs"] }],
  };
  const html = formatHtml([{ run, references }]);

  expect(html).toContain("<h2>Notes: <code>db</code>, read as Prisma</h2>");
  expect(html).toContain("<li>It keeps no downs.</li>");
  expect(html).toContain("<h2>Not judged: 0002</h2>");
  expect(html).toContain("<p>No &lt;vector&gt;.</p>");
  expect(html).toContain("<li>keeps.6: public.t: it is left NOT VALID</li>");
});
