/** Reads folders of migrations that tests write. */
import { HarnessError } from "../../errors.ts";
import type { Step } from "../../release/release.ts";
import { createTemporaryFolder } from "../../testing/temporary-directory.ts";
import { type History, readHistory } from "../read-history.ts";
import { toReleases } from "../to-releases.ts";

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Writes the files and reads the folder, or a folder of it. */
export async function readFiles(files: Files, inside = "", layout?: string): Promise<History> {
  return await readHistory(`${createTemporaryFolder({ ".git/HEAD": "", ...files })}/${inside}`, layout);
}

/** A line a migration: name, transaction, statements up | down; `-` is a missing down. */
export function summarize({ migrations }: History): readonly string[] {
  return migrations.map(({ name, up, down, repeatable }) => {
    const marks = repeatable === true ? " repeatable" : "";
    const undo = down === undefined ? "-" : formatSteps(down);

    return `${name} ${up[0]?.transaction}${marks}: ${formatSteps(up)} | ${undo}`;
  });
}

function formatSteps(steps: readonly Step[]): string {
  return steps.flatMap(({ statements }) => statements.map(({ text, line }) => `${line} ${text}`)).join("; ");
}

/** The message and the remedy of the error, without the folder's path. */
export async function readError(files: Files, inside = "", layout?: string): Promise<string> {
  const root = createTemporaryFolder({ ".git/HEAD": "", ...files });
  const thrown: unknown = await readHistory(`${root}/${inside}`, layout)
    .then((history) => toReleases(history, [...history.migrations.keys()]))
    .catch((error: unknown) => error);
  if (!(thrown instanceof HarnessError)) throw new Error("expected a HarnessError", { cause: thrown });

  return `${thrown.message} => ${thrown.remedy}`.replaceAll(`${root}/`, "").replaceAll(root, ".");
}
