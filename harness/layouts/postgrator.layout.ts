/** postgrator: `<version>.do.<name>.sql` and `<version>.undo.<name>.sql`; each file is sent as one message. */
import { HarnessError } from "../errors.ts";
import type { Layout, Migration } from "./layout.ts";
import type { MigrationFolder } from "./migration-folder.ts";
import { makeDown, makeMigrationStep } from "./read-step.ts";
import { requireNoGap, requireUniqueVersions, sortByVersion } from "./versions.ts";

const FILE = /^(\d+)\.(do|undo)(?:\.(.*))?\.sql$/;

export const postgrator: Layout = {
  name: "postgrator",
  title: "postgrator",
  hasDowns: true,
  tables: [
    {
      name: "schemaversion",
      sql: "CREATE TABLE schemaversion (version bigint PRIMARY KEY, name text, md5 text, run_at timestamptz)",
    },
  ],
  fits: async (folder) => folder.listIn().some((file) => FILE.test(file)),
  async read(folder, { isRequested }) {
    const ups = findFiles(folder, "do");
    const downs = findFiles(folder, "undo");
    if (!isRequested) requireNoGap(ups, folder.path);
    const lost = downs.find(({ version }) => !ups.some((up) => BigInt(up.version) === BigInt(version)));
    if (lost !== undefined) {
      throw new HarnessError(`${folder.absolute(lost.file)}: undoes a migration that is not there`, "Add the do file");
    }
    const migrations: Migration[] = [];
    for (const { version, file } of ups) {
      const down = downs.find((each) => BigInt(each.version) === BigInt(version))?.file;
      const read = async (path: string) =>
        ({ file: path, source: await folder.read(path), transaction: "query" }) as const;
      migrations.push({
        name: file.replace(/\.sql$/, ""),
        up: [await makeMigrationStep(folder, await read(file))],
        ...(down !== undefined && { down: await makeDown(folder, await read(down)) }),
      });
    }

    return { migrations };
  },
};

function findFiles(folder: MigrationFolder, direction: "do" | "undo") {
  const found = folder.listIn().flatMap((file) => {
    const [, version, kind] = FILE.exec(file) ?? [];

    return version === undefined || kind !== direction ? [] : [{ version, file }];
  });
  const sorted = sortByVersion(found);
  requireUniqueVersions(sorted, folder.path);

  return sorted;
}
