import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTemporaryFolder } from "../../testing/temporary-directory.ts";
import { runSync } from "./on-exit.ts";

const folder = createTemporaryFolder();

/** Runs a program; returns what it reported, and how often it was started. */
function run(name: string, script: string): { readonly error: string | undefined; readonly starts: number } {
  const program = join(folder, `${name}.mjs`);
  const log = join(folder, `${name}.log`);
  writeFileSync(
    program,
    `import { appendFileSync, readFileSync } from "node:fs";
    const log = ${JSON.stringify(log)};
    appendFileSync(log, "x");
    const starts = readFileSync(log, "utf8").length;
    ${script}
    JSON.parse(readFileSync(0, "utf8"));`,
  );
  // More than a pipe holds: if the program ends without reading it, writing fails.
  const error = runSync(program, { filling: "x".repeat(1_000_000) });

  return { error, starts: existsSync(log) ? readFileSync(log, "utf8").length : 0 };
}

test("the work is done, and an error is returned", () => {
  expect(run("succeeds", "")).toEqual({ error: undefined, starts: 1 });
  expect(run("fails", "process.stderr.write('no'); process.exitCode = 3;")).toEqual({
    error: "no",
    starts: 1,
  });
});

test("a signal that arrives before the program can ignore it does not prevent the work", () => {
  const interrupted = "process.kill(process.pid, 'SIGINT'); await new Promise((resolve) => setTimeout(resolve, 5000));";

  expect(run("thrice", `if (starts < 3) { ${interrupted} }`)).toEqual({ error: undefined, starts: 3 });
  expect(run("always", interrupted)).toEqual({ error: "", starts: 5 });
});
