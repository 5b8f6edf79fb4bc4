/**
 * sqitch: the changes of `sqitch.plan`, in its order, with `deploy/<change>.sql` and `revert/<change>.sql`. psql runs each
 * file, so that its transactions are those that it has itself. A change that is there twice was reworked: the earlier
 * one is kept as `<change>@<tag>.sql` (sqitch manual, sqitch-rework).
 */
import { HarnessError } from "../errors.ts";
import type { Layout, Migration } from "./layout.ts";
import type { MigrationFolder } from "./migration-folder.ts";
import { makeDown, makeMigrationStep } from "./read-step.ts";

const PLAN = "sqitch.plan";

export const sqitch: Layout = {
  name: "sqitch",
  title: "sqitch",
  hasDowns: true,
  fits: async (folder) => folder.has(PLAN),
  async read(folder) {
    const plan = await folder.read(PLAN, "and it lists the changes of sqitch");
    const migrations: Migration[] = [];
    for (const { name, tags } of parsePlan(plan)) {
      const deploy = findFile(folder, "deploy", name, tags);
      const revert = findFile(folder, "revert", name, tags);
      if (deploy === undefined) {
        throw new HarnessError(
          `${folder.absolute(`deploy/${name}.sql`)}: no such file, though ${folder.absolute(PLAN)} names it`,
          "Write the file, or remove the change from the plan",
        );
      }
      const read = async (file: string) =>
        ({ file, source: await folder.read(file), transaction: "statement" }) as const;
      migrations.push({
        name,
        up: [await makeMigrationStep(folder, await read(deploy))],
        ...(revert !== undefined && { down: await makeDown(folder, await read(revert)) }),
      });
    }

    return { migrations };
  },
};

interface PlannedChange {
  readonly name: string;
  /** Between it and the change that reworks it; empty if none does. */
  readonly tags: readonly string[];
}

function parsePlan(plan: string): readonly PlannedChange[] {
  const entries = plan.split("\n").flatMap((line) => /^\s*(@?[^\s%#[]+)(?:\s|$)/.exec(line)?.[1] ?? []);

  return entries.flatMap((name, index) => {
    if (name.startsWith("@")) return [];
    const again = entries.indexOf(name, index + 1);
    const tags = again === -1 ? [] : entries.slice(index, again).filter((entry) => entry.startsWith("@"));

    return [{ name, tags }];
  });
}

function findFile(folder: MigrationFolder, kind: string, name: string, tags: readonly string[]): string | undefined {
  return [...tags.map((tag) => `${kind}/${name}${tag}.sql`), `${kind}/${name}.sql`].find((file) => folder.has(file));
}
