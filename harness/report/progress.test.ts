import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { held, violated } from "../testing/sample-run.ts";
import { openDisplay } from "./progress.ts";
import { frameOf, type Progress, type ProgressEvent, progressAfter } from "./progress-state.ts";

const event = (
  kind: ProgressEvent["kind"],
  id: string,
  done: number,
  release = "published",
): ProgressEvent => ({
  kind,
  release,
  id,
  title: `the title of ${id}`,
  done,
  total: 2,
  ...(kind === "finished" ? { result: id === "C3" ? violated : held } : {}),
});
const wholeRun = [
  event("started", "A1", 0),
  event("started", "C3", 0),
  event("finished", "A1", 1),
  event("finished", "C3", 2),
];

/** What the stream gets of events, and of lines that stay. */
async function written(
  isTTY: boolean,
  quiet: boolean,
  events: readonly (ProgressEvent | string)[],
  rows = 24,
): Promise<string> {
  const chunks: string[] = [];
  const stream = new PassThrough({ encoding: "utf8" });
  stream.on("data", (chunk: string) => chunks.push(chunk));
  const terminal = Object.assign(stream, { isTTY, columns: 40, rows }) as unknown as NodeJS.WriteStream;
  const display = await openDisplay(terminal, quiet);
  for (const one of events) {
    if (typeof one === "string") display.log(one);
    else display.update(one);
  }
  display[Symbol.dispose]();
  display[Symbol.dispose]();

  return chunks.join("");
}

test("a pipe gets one line where a release begins and one where it ends", async () => {
  expect(await written(false, false, [...wholeRun, event("started", "A1", 0, "hardened")])).toBe(
    [
      "published: checking 2 properties",
      "published: checked 2 properties, 1 violated and not in the ledger",
      "hardened: checking 2 properties",
      "",
    ].join("\n"),
  );
});

test("a terminal shows the properties at work, and is never told to hide its cursor", async () => {
  const shown = await written(true, false, wholeRun);

  expect(shown).toContain("published: 0 of 2\n  A1  the title of A1");
  expect(shown).not.toContain("[?25l");
});

test("a line that stays stands above what is shown in place, which is shown again", async () => {
  const shown = await written(true, false, [
    ...wholeRun.slice(0, 1),
    "fetching PostgreSQL",
    ...wholeRun.slice(1),
  ]);
  const [before = "", after = ""] = shown.split("fetching PostgreSQL\n");

  expect(before).toContain("published: 0 of 2\n  A1");
  // What was shown is erased, line by line, before the line is written.
  expect(before.endsWith("\u001B[2K\u001B[G")).toBe(true);
  expect(after).toContain("published: 0 of 2\n  A1  the title of A1");
  expect(await written(false, false, ["fetching PostgreSQL"])).toBe("fetching PostgreSQL\n");
});

test("a terminal without a size gets the lines of a pipe", async () => {
  expect(await written(true, false, wholeRun, 0)).toBe(await written(false, false, wholeRun));
});

test("a display that was cut off leaves nothing on the terminal that must be undone", async () => {
  const shown = await written(true, false, wholeRun.slice(0, 2));

  expect(shown.split("[?2026h")).toHaveLength(shown.split("[?2026l").length);
});

test.each([true, false])("quiet writes nothing (terminal: %s)", async (isTTY) => {
  expect(await written(isTTY, true, [...wholeRun, "fetching PostgreSQL"])).toBe("");
});

test("the frame follows what is at work, cut to the terminal, and empties with the last property", () => {
  let progress: Progress | undefined;
  const frames = wholeRun.map((one) => {
    progress = progressAfter(progress, one);
    return frameOf([progress], 20);
  });

  expect(frames).toEqual([
    "published: 0 of 2\n  A1  the title of…",
    "published: 0 of 2\n  A1  the title of…\n  C3  the title of…",
    "published: 1 of 2\n  C3  the title of…",
    "",
  ]);
});
