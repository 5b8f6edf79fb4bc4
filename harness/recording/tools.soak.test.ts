/**
 * Records real migration tools on the sample projects in tools/, which are installed into a temporary folder from a lock
 * file of their own, and verifies what was recorded.
 */
import { execFile } from "node:child_process";
import { cpSync, readFileSync, symlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfiguration } from "../configuration/load-configuration.ts";
import { installation } from "../files/installation.ts";
import type { History } from "../layouts/read-history.ts";
import type { Step } from "../release/release.ts";
import { startEmbedded } from "../server/embedded/embedded.ts";
import { hasPythonModule } from "../testing/missing-programs.ts";
import { createTemporaryFolder } from "../testing/temporary-directory.ts";
import { readRecordedHistory } from "./read-recorded-history.ts";

const LIMIT_MS = 300_000;

interface Sample {
  /** The folder of the project. */
  readonly tool: string;
  /** By name, in their order: the transactions of the steps, the number of the steps of down, and the tables that the code reads. */
  readonly migrations: Readonly<Record<string, string>>;
  /** What the tool keeps for itself. */
  readonly own: RegExp;
  /** The properties that the newest migration violates. */
  readonly violated?: readonly string[];
  /** What a Debian package brings; without it, the tool comes from npm. */
  readonly module?: string;
}

const samples: readonly Sample[] = [
  {
    tool: "knex",
    migrations: {
      "20240105090000_accounts": "file; down: file",
      "20240112090000_demo_account": "file; down: file",
      "20240119090000_project_slugs": "file; down: file; reads projects",
      "20240126090000_index_slugs": "statement; down: statement",
    },
    own: /knex_migrations/,
    // The index is unique, and the column is not.
    violated: ["applies.2"],
  },
  {
    tool: "typeorm",
    migrations: {
      Orders1704445200000: "file; down: file",
      SampleCustomer1705050000000: "file; down: file",
      OrderCurrency1705654800000: "file; down: file",
      IndexPlacedAt1706259600000: "statement; down: file",
    },
    own: /"migrations"|typeorm_metadata/,
  },
  {
    tool: "sequelize",
    migrations: {
      "2024.01.05.rooms": "statement; down: statement",
      "2024.01.12.sample-rooms": "file; down: statement",
      "2024.01.19.nights": "statement, query, statement; down: statement; reads bookings",
      "2024.01.26.index-guests": "statement; down: statement",
    },
    own: /SequelizeMeta/,
  },
  {
    tool: "kysely",
    migrations: {
      "1704445200000_posts": "run; down: file",
      "1705050000000_first_post": "run; down: file",
      "1705654800000_word_counts": "run; down: file; reads posts",
    },
    own: /kysely_migration/,
  },
  {
    tool: "mikro-orm",
    migrations: {
      Migration20240105090000: "file; down: file",
      Migration20240112090000: "file; down: file",
      Migration20240119090000: "file; down: file; reads team",
      Migration20240126090000: "statement; down: statement",
    },
    own: /mikro_orm_migrations/,
  },
  {
    tool: "drizzle",
    migrations: { "0000_tickets": "run", "0001_default_queue": "run", "0002_ticket_queue": "run" },
    own: /__drizzle_migrations/,
  },
  {
    tool: "prisma",
    migrations: {
      "20240105090000_sensors": "statement",
      "20240112090000_sample_sensor": "statement",
      "20240119090000_units": "statement",
      "20240126090000_index_units": "statement",
    },
    own: /_prisma_migrations/,
  },
  {
    tool: "db-migrate",
    migrations: {
      "20240105090000-warehouses": "file; down: file",
      "20240112090000-main-warehouse": "file; down: file",
      "20240119090000-stock-units": "file; down: file",
    },
    own: /"migrations"/,
  },
  {
    tool: "alembic",
    migrations: {
      "1a01": "file; down: file",
      "2b02": "file; down: file",
      "3c03": "file; down: file; reads parcels",
      "4d04": "statement; down: statement",
    },
    own: /alembic_version/,
    module: "alembic",
  },
  {
    tool: "django",
    migrations: {
      "0001_initial": "file; down: file",
      "0002_first_book": "file; down: file",
      "0003_slug": "file; down: file; reads library_book",
      "0004_index_titles": "statement; down: statement",
    },
    own: /django_migrations/,
    module: "django",
  },
];

let folder: string;

beforeAll(async () => {
  folder = createTemporaryFolder();
  const isSource = (path: string) => basename(path) !== "node_modules";
  cpSync(join(installation.folder, "harness/recording/tools"), folder, { recursive: true, filter: isSource });
  // What a script would fetch comes from elsewhere, and nothing here needs it.
  const words = ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  await promisify(execFile)("npm", words, { cwd: folder });
  // The configurations of the projects import it.
  symlinkSync(installation.folder, join(folder, "node_modules/pg-plumbline"));
}, LIMIT_MS);

// Thousands of files may take longer than other hooks may.
afterAll(async () => await rm(folder, { recursive: true, force: true }), LIMIT_MS);

const reverted = async () => 0;

function formatModes(steps: readonly Step[]): string {
  return steps.map(({ transaction }) => transaction).join(", ");
}

function summarize({ migrations, hasDowns }: History): Sample["migrations"] {
  return Object.fromEntries(
    migrations.map(({ name, up, down, readsRows = [] }) => [
      name,
      [
        formatModes(up),
        ...(hasDowns ? [`down: ${formatModes(down ?? [])}`] : []),
        ...(readsRows.length > 0 ? [`reads ${readsRows.join(", ")}`] : []),
      ].join("; "),
    ]),
  );
}

/** Runs the program as a user does; the exit code, what it printed, and the verdicts by property. */
async function verify(project: string) {
  const json = join(project, "results.json");
  const words = [join(installation.folder, "bin/pg-plumbline.js"), "verify", ".", "--seed", "1", "--json", json];
  const { code, stdout, stderr } = await promisify(execFile)(process.execPath, words, { cwd: project }).then(
    (output) => ({ code: 0, ...output }),
    (failed: { code: number; stdout: string; stderr: string }) => failed,
  );
  expect([0, 1], stderr).toContain(code);
  const [release] = JSON.parse(readFileSync(json, "utf8")).releases as readonly {
    readonly name: string;
    readonly properties: readonly { readonly id: string; readonly verdict: string }[];
  }[];

  return { code, stdout, stderr, release };
}

describe.each(samples)("$tool", { timeout: LIMIT_MS }, ({ tool, migrations, own, violated = [], module }) => {
  const isMissing = module !== undefined && !hasPythonModule(module);

  // The record is replayed, and rejected where that leads to another catalog or other rows.
  test.skipIf(isMissing)("is recorded and cut into migrations, without what it keeps for itself", async () => {
    const project = join(folder, tool);
    const { configuration } = await loadConfiguration(project);
    if (configuration.command === undefined) throw new Error("the sample has a command");
    const history = await readRecordedHistory({
      ...{ command: configuration.command, folder: project, setup: [] },
      ...{ findFirst: reverted, startServer: startEmbedded },
    });
    const steps = history.migrations.flatMap(({ up, down = [] }) => [...up, ...down]);

    expect(summarize(history)).toEqual(migrations);
    expect(history.notes).toEqual([]);
    expect(steps.map(({ source }) => source).filter((source) => own.test(source))).toEqual([]);
    expect(steps.map(({ file }) => file).filter((file) => file.endsWith("plumbline.config.ts"))).toEqual([]);
  });

  test.skipIf(isMissing)("its newest migration is verified", async () => {
    const [newest = ""] = Object.keys(migrations).slice(-1);
    const { code, stdout, stderr, release } = await verify(join(folder, tool));
    const by = (verdict: string) => release?.properties.filter((each) => each.verdict === verdict).map(({ id }) => id);

    expect(stderr).toContain(`checking ${newest}`);
    expect(release?.name).toBe(newest);
    expect(by("violated")).toEqual(violated);
    expect(code).toBe(violated.length > 0 ? 1 : 0);
    expect(by("unknown")).toEqual([]);
    expect(stdout).toContain("seed 1");
  });
});
