import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { readBaseline } from "./baseline-file.ts";

const folder = createTemporaryFolder();

/** Accepts figures in a loop, a few megabytes each time, and writes a dot after each. */
const ACCEPTING = `
import { acceptFigures } from ${JSON.stringify(new URL("baseline-file.ts", import.meta.url).href)};
const figures = (rows) => ({ rows, counts: { buffers: rows }, shape: ["Seq Scan on t"] });
for (let rows = 1; ; rows += 1) {
  const subjects = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => ["#" + n, figures(rows)]));
  await acceptFigures(process.argv[1], { postgres: 18, scale: 0, seed: 42, releases: { one: { gate: subjects } } });
  process.stdout.write(".");
}`;

async function killedWhileAccepting(file: string, updates: number): Promise<void> {
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", ACCEPTING, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let seen = 0;
  child.stdout.on("data", (dots: Buffer) => {
    seen += dots.length;
    if (seen >= updates) child.kill("SIGKILL");
  });
  expect((await once(child, "exit"))[1]).toBe("SIGKILL");
}

test("an update that is killed leaves intact figures, the old or the new", async () => {
  const file = join(folder, "baseline.json");
  for (const updates of [1, 2, 3]) {
    await killedWhileAccepting(file, updates);
    const [entry] = await readBaseline(file);
    const rows = new Set(Object.values(entry?.releases["one"]?.["gate"] ?? {}).map((one) => one.rows));

    expect(rows.size).toBe(1);
    expect(readFileSync(file, "utf8").endsWith("]\n")).toBe(true);
  }
}, 120_000);
