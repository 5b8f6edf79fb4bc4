/** Judges a small migration by rules of any migration. */
import type { DatabaseProvider } from "../../../harness/database/database-provider.ts";
import type { Note } from "../../../harness/property/verdict.ts";
import type { MigrationOrigin, Release, Step } from "../../../harness/release/release.ts";
import { makeStep } from "../../../harness/testing/example-release.ts";
import type { Finding } from "../finding.ts";
import type { MigrationExample, MigrationRule } from "../rule.ts";
import { openContext } from "../world.ts";

export interface Judged {
  /** Each as `keeps.2 cell-changed public.t.c`. */
  readonly findings: readonly string[];
  /** Each as `keeps.6 constraint public.t.c`. */
  readonly notes: readonly string[];
  /** Of the notes. */
  readonly texts: readonly string[];
  readonly found: readonly Finding[];
}

/** Where a repeatable migration comes from. */
export const REPEATABLE: MigrationOrigin = {
  ...{ folder: "/", layout: "Flyway", index: 0, migration: "up", hasDowns: false, repeatable: true },
};

/** @param release what the release has besides its lists; its files are `before.sql`, `up.sql` and `down.sql` */
export async function judgeMigration(
  databases: DatabaseProvider,
  rules: readonly MigrationRule[],
  { before, up, down, repeatable }: MigrationExample,
  release: Partial<Release> & Pick<Step, "transaction" | "stopsAtError"> = {},
): Promise<Judged> {
  const { transaction, stopsAtError, ...others } = release;
  const step = async (path: string, source: string): Promise<Step> => ({
    ...(await makeStep(path, source)),
    ...(transaction && { transaction }),
    ...(stopsAtError && { stopsAtError }),
  });
  const lists = {
    baseline: [await step("before.sql", before)],
    migrate: [await step("up.sql", up)],
    ...(down !== undefined && { "rollback.down": [await step("down.sql", down)] }),
  };
  const notes: Note[] = [];
  const endings: (() => Promise<void>)[] = [];
  const world = openContext({
    release: {
      ...{ name: "example", folder: "/", knownFailures: [], lists },
      ...(repeatable && { origin: REPEATABLE }),
      ...others,
    },
    databases,
    notes,
    atEnd: (work) => void endings.push(work),
  });
  try {
    const judged: (Finding & { readonly rule: string })[] = [];
    for (const rule of rules)
      judged.push(...(await rule.find(world)).map((finding) => ({ rule: rule.id, ...finding })));

    return {
      findings: judged.map(({ rule, kind, subject }) => `${rule} ${kind} ${subject}`),
      notes: notes.map(({ rule, subject }) => `${rule} ${subject}`),
      texts: notes.map(({ text }) => text),
      found: judged,
    };
  } finally {
    await world.close();
    for (const end of endings) await end();
  }
}
