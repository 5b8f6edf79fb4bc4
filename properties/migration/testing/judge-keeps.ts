/** Judges a small migration by the rules `keeps`. */
import type { DatabaseProvider } from "../../../harness/database/database-provider.ts";
import * as rules from "../keeps.property.ts";
import { type Judged, judgeMigration } from "./judge-migration.ts";

/** A migration, and what the rules report of it; nothing where it is left out. */
export interface KeepsCase {
  readonly title: string;
  readonly before: string;
  readonly up: string;
  readonly findings?: readonly string[];
  readonly notes?: readonly string[];
}

/** What the rules find, each finding as `keeps.2 cell-changed public.t.c`. */
export async function judgeKeeps(
  databases: DatabaseProvider,
  before: string,
  up: string,
): Promise<Pick<Judged, "findings" | "notes">> {
  const { findings, notes } = await judgeMigration(databases, Object.values(rules), { before, up });

  return { findings, notes };
}
