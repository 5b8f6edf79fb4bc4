import { PassThrough } from "node:stream";
import { afterEach, expect, test, vi } from "vitest";
import { held, violated } from "../testing/sample-run.ts";
import { type LiveDisplay, openDisplay, type ProgressEvent } from "./live-display.ts";

const event = (kind: ProgressEvent["kind"], id: string, done: number, release = "published"): ProgressEvent => ({
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

/** What the stream receives. */
async function capture(
  { isTTY, quiet = false, rows = 24 }: { isTTY: boolean; quiet?: boolean; rows?: number },
  work: (display: LiveDisplay) => void,
): Promise<string> {
  const chunks: string[] = [];
  const stream = new PassThrough({ encoding: "utf8" });
  stream.on("data", (chunk: string) => chunks.push(chunk));
  const terminal = Object.assign(stream, { isTTY, columns: 40, rows }) as unknown as NodeJS.WriteStream;
  const display = await openDisplay(terminal, quiet);
  work(display);
  display[Symbol.dispose]();
  display[Symbol.dispose]();

  return chunks.join("");
}

const showAll = (display: LiveDisplay) => {
  for (const one of wholeRun) display.update(one);
};

afterEach(() => {
  vi.restoreAllMocks();
});

test("a pipe gets a line when a group begins and for each new violation, and then one a minute", async () => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const written = await capture({ isTTY: false }, (display) => {
    showAll(display);
    display.log("installing PostgreSQL");
    for (let done = 0; done < 100; done += 1) {
      now += 1_000;
      display.update({ kind: "finished", release: "mutants tested", done, total: 100 });
    }
  });

  expect(written).toBe(
    [
      "published: 0 of 2",
      `published: NEW: C3-negative: ${violated.violation?.got}`,
      "installing PostgreSQL",
      "mutants tested: 0 of 100",
      "mutants tested: 60 of 100",
      "",
    ].join("\n"),
  );
});

test("a terminal shows what is running, cut to its width, and new violations", async () => {
  const written = await capture({ isTTY: true }, (display) => {
    display.update({ ...event("started", "A1", 0), title: "a title that is longer than the terminal" });
    for (const one of wholeRun.slice(1)) display.update(one);
    display.update(event("started", "B1", 0, "hardened"));
  });

  expect(written).toContain("published: 0 of 2\n  A1  a title that is longer than the …");
  expect(written).toContain("published: 1 of 2\n  C3  the title of C3");
  expect(written).toContain("hardened: 0 of 2\n  B1");
});

test("a logged line stays above what is redrawn", async () => {
  const written = await capture({ isTTY: true }, (display) => {
    display.update(event("started", "A1", 0));
    display.log("installing PostgreSQL");
  });
  const [before = "", after = ""] = written.split("installing PostgreSQL\n");

  // The frame is erased, line by line, before the line is written.
  expect(before.endsWith("\u001B[2K\u001B[G")).toBe(true);
  expect(after).toContain("published: 0 of 2\n  A1  the title of A1");
});

test("nothing on the terminal has to be undone, however the process ends", async () => {
  const written = await capture({ isTTY: true }, showAll);

  expect(written).not.toContain("[?25l");
  expect(written.split("[?2026h")).toHaveLength(written.split("[?2026l").length);
});

test("a terminal without a size gets the lines of a pipe", async () => {
  expect(await capture({ isTTY: true, rows: 0 }, showAll)).toBe(await capture({ isTTY: false }, showAll));
});

test.each([true, false])("quiet writes nothing (terminal: %s)", async (isTTY) => {
  const written = await capture({ isTTY, quiet: true }, (display) => {
    showAll(display);
    display.log("installing PostgreSQL");
  });

  expect(written).toBe("");
});
