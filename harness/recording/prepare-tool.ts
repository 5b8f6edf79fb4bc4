/** Lists what a tool wrote for itself before one of its migrations (pure). */
import { isJournalWrite, isOnly } from "./bookkeeping.ts";
import type { CutMigration, CutOptions, Piece } from "./cut-migrations.ts";
import { isSameRelation } from "./sent-statements.ts";
import type { Unit } from "./units.ts";

/**
 * The tool's own statements that lead to the state before a migration: of the list of applied ones, the writes up to the
 * last one about the migration before; of the others, such as locks, all, since they end as they began.
 * @param before that migration; undefined if there is none
 */
export function listPreparation(
  units: readonly Unit[],
  { bookkeeping, journal }: Pick<CutOptions, "bookkeeping" | "journal">,
  before: CutMigration | undefined,
): readonly Piece[] {
  const all = units.flatMap(({ statements }) => statements);
  const end = before?.write === undefined ? -1 : all.indexOf(before.write);

  return units.flatMap((unit): readonly Piece[] => {
    const statements = unit.statements.filter((statement) => {
      if (statement.parsed.node === "SelectStmt" || !isOnly(statement, bookkeeping.relations)) return false;
      const isListed = journal !== undefined && statement.relations.some((each) => isSameRelation(each, journal));

      return !isListed || !isJournalWrite(statement, bookkeeping) || all.indexOf(statement) <= end;
    });

    return statements.length === 0 ? [] : [{ unit, statements, isShared: false }];
  });
}
