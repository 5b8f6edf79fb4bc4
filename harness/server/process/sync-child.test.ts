import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runSync } from "./sync-child.ts";

const folder = mkdtempSync(join(tmpdir(), "plumbline-last-words-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What is told of a program that does this; `told` is the file into which it puts a letter each time. */
function toldOf(
  name: string,
  does: string,
): { readonly trouble: string | undefined; readonly times: number } {
  const program = join(folder, `${name}.mjs`);
  const told = join(folder, `${name}.told`);
  writeFileSync(
    program,
    `import { appendFileSync, readFileSync } from "node:fs";
    const told = ${JSON.stringify(told)};
    appendFileSync(told, "x");
    const times = readFileSync(told, "utf8").length;
    ${does}
    JSON.parse(readFileSync(0, "utf8"));`,
  );
  // More than a pipe holds: whoever ends without reading it leaves its sender with an error.
  const trouble = runSync(program, { filling: "x".repeat(1_000_000) });

  return { trouble, times: existsSync(told) ? readFileSync(told, "utf8").length : 0 };
}

test("what is left to do is done, and what hinders it is told", () => {
  expect(toldOf("does", "")).toEqual({ trouble: undefined, times: 1 });
  expect(toldOf("fails", "process.stderr.write('no'); process.exitCode = 3;")).toEqual({
    trouble: "no",
    times: 1,
  });
});

test("a signal that hits it before it can ignore it does not keep it from being done", () => {
  const hit =
    "process.kill(process.pid, 'SIGINT'); await new Promise((resolve) => setTimeout(resolve, 5000));";

  expect(toldOf("hit", `if (times < 3) { ${hit} }`)).toEqual({ trouble: undefined, times: 3 });
  expect(toldOf("always", hit)).toEqual({ trouble: "", times: 5 });
});
