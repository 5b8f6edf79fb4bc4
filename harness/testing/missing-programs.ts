/** Reports in one line each which tests are left out because a program is missing. */
import { spawnSync } from "node:child_process";

/** Tests whether a program is installed. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined;
}

/** The Python that has the modules of the system's packages; `python3` in the PATH may be another one. */
export const SYSTEM_PYTHON = "/usr/bin/python3";

/** Tests whether a module can be imported, and the driver that it talks to PostgreSQL with. */
export function hasPythonModule(name: string): boolean {
  return spawnSync(SYSTEM_PYTHON, ["-c", `import ${name}, psycopg2`]).status === 0;
}

/** Vitest calls it once, before the tests. @throws if `PLUMBLINE_TEST_ALL` demands that nothing is left out */
export function setup(): void {
  const lines = findLeftOut();
  if (lines.length > 0 && process.env["PLUMBLINE_TEST_ALL"] === "1") throw new Error(lines.join("\n"));
}

/** Vitest calls it once, after the tests. */
export function teardown(): void {
  for (const line of findLeftOut()) process.stdout.write(`${line}\n`);
}

function findLeftOut(): readonly string[] {
  const hasImage = (process.env["PLUMBLINE_TEST_IMAGE"] ?? "") !== "";

  return [
    ...(isInstalled("psql") ? [] : ["left out: running scripts in psql, which is not installed"]),
    ...(isInstalled("pgbouncer") ? [] : ["left out: poolers, because pgbouncer is not installed"]),
    ...(hasPythonModule("alembic") ? [] : ["left out: recording Alembic, because python3-alembic is not installed"]),
    ...(hasPythonModule("django") ? [] : ["left out: recording Django, because python3-django is not installed"]),
    ...(hasImage ? [] : ["left out: containers, because PLUMBLINE_TEST_IMAGE names no image of a Docker Engine"]),
  ];
}
