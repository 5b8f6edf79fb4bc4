import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { mutationProgressOn } from "./mutation-progress.ts";

/** What the stream gets of the work. */
function written(
  isTTY: boolean,
  quiet: boolean,
  work: (progress: ReturnType<typeof mutationProgressOn>) => void,
): string {
  const chunks: string[] = [];
  const stream = new PassThrough({ encoding: "utf8" });
  stream.on("data", (chunk: string) => chunks.push(chunk));
  {
    const terminal = Object.assign(stream, { isTTY, columns: 80, rows: 24 });
    using progress = mutationProgressOn(terminal as unknown as NodeJS.WriteStream, quiet);
    work(progress);
  }

  return chunks.join("");
}

test("in a terminal a line that stays is above what is shown in place, which is shown again", () => {
  const text = written(true, false, ({ tell, say }) => {
    tell("mutants tried", 3, 10);
    say("fetching PostgreSQL");
  });
  const [before = "", after = ""] = text.split("fetching PostgreSQL");

  expect(before).toContain("mutants tried: 3 of 10");
  expect(after).toMatch(/^\n/);
  expect(after).toContain("mutants tried: 3 of 10");
});

test("in a pipe there is a line for each tenth, and one for what is said", () => {
  const text = written(false, false, ({ tell, say }) => {
    for (let done = 1; done <= 20; done += 1) tell("mutants tried", done, 100);
    say("fetching PostgreSQL");
  });

  expect(text).toBe("mutants tried: 0 %\nmutants tried: 10 %\nmutants tried: 20 %\nfetching PostgreSQL\n");
});

test.each([true, false])("nothing where nothing is wanted (terminal: %s)", (isTTY) => {
  const text = written(isTTY, true, ({ tell, say }) => {
    tell("mutants tried", 3, 10);
    say("fetching PostgreSQL");
  });

  expect(text).toBe("");
});
