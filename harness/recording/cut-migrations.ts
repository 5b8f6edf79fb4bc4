/** Cuts the units of a run into migrations: each write to the tool's list of applied ones ends one and names it (pure). */
import type { WrittenName } from "../release/targets/named-objects.ts";
import { type Bookkeeping, formatIdentity, isJournalWrite, isOnly, isOwn, preparesSession } from "./bookkeeping.ts";
import { chooseNaming, type JournalRow, readJournalRow, toReverted } from "./journal-rows.ts";
import { isSameRelation, type SentStatement } from "./sent-statements.ts";
import type { Unit } from "./units.ts";

/** The statements of a unit that belong to one migration. */
export interface Piece {
  readonly unit: Unit;
  readonly statements: readonly SentStatement[];
  /** True if the unit has statements of several migrations. */
  readonly isShared: boolean;
}

export interface CutMigration {
  /** As the tool's list has it; undefined where no value of it is known. */
  readonly name: string | undefined;
  /** Empty for a migration without a statement. */
  readonly pieces: readonly Piece[];
  /** The last write to the list that is about it. */
  readonly write?: SentStatement | undefined;
}

export interface CutRun {
  /** Before the first migration: what the tool sends in each run, such as CREATE EXTENSION IF NOT EXISTS. */
  readonly base: readonly Piece[];
  /** In the order in which they were applied, or reverted. */
  readonly migrations: readonly CutMigration[];
  /** Relations of the user's that a hook of the tool writes to after each run: what it wrote is left out. */
  readonly hooked: readonly WrittenName[];
}

export type Direction = "up" | "down";

interface Entry {
  readonly unit: Unit;
  readonly statement: SentStatement;
  /** What it writes to the tool's list. */
  readonly row?: JournalRow;
}

/** The statements up to a write to the list, or up to the end of a run. */
interface Segment {
  readonly entries: readonly Entry[];
  readonly row?: JournalRow;
  readonly write?: SentStatement;
}

interface Draft {
  readonly row: JournalRow | undefined;
  entries: readonly Entry[];
  write: SentStatement | undefined;
}

/** What distinguishes the tool's own statements from those of migrations. */
export interface CutOptions {
  readonly bookkeeping: Bookkeeping;
  /** The tool's list of applied migrations. */
  readonly journal: WrittenName | undefined;
  /** The names of PostgreSQL's functions that change nothing. */
  readonly harmless: ReadonlySet<string>;
}

/** @param runs the units of one run, or of each step in turn */
export function cutMigrations(
  runs: readonly (readonly Unit[])[],
  direction: Direction,
  { journal, bookkeeping, harmless }: CutOptions,
): CutRun {
  const base: Entry[] = [];
  const hooked: WrittenName[] = [];
  const segments = runs.flatMap((units, index) => {
    const entries = listEntries(units, journal, bookkeeping, harmless);
    const from = entries.findIndex((entry) => !isRepeated(entry, bookkeeping));
    if (index === 0) base.push(...entries.slice(0, from === -1 ? undefined : from));

    return cut(from === -1 ? [] : entries.slice(from)).map((segment): Segment => {
      const { row } = segment;
      if (row !== undefined) return { ...segment, row: direction === "down" ? toReverted(row) : row };
      const isHook = (entry: Entry) => isOnly(entry.statement, bookkeeping.hooked) || isRepeated(entry, bookkeeping);
      hooked.push(...segment.entries.filter(isHook).flatMap(({ statement }) => statement.relations));

      return { entries: segment.entries.filter((entry) => !isHook(entry)) };
    });
  });
  const naming = chooseNaming(segments.flatMap(({ row }) => row ?? []));
  const drafts = resolve(segments, direction, naming);
  const all = [base, ...drafts.map(({ entries }) => entries)];

  return {
    // Each step of the base has a session of its own: what prepares one is for nothing there.
    base: toPieces(base, all).filter(({ statements }) => !statements.every((each) => preparesSession(each, harmless))),
    migrations: drafts.map(({ row, entries, write }) => ({
      ...{ name: row && naming(row), pieces: toPieces(entries, all), write },
    })),
    hooked: hooked.filter((one, index) => hooked.findIndex((other) => isSameRelation(one, other)) === index),
  };
}

function isRepeated({ statement, row }: Entry, { repeated }: Bookkeeping): boolean {
  return row === undefined && repeated.has(formatIdentity(statement));
}

/** The statements of the migrations, and the writes to the list; what else is the tool's own is left out. */
function listEntries(
  units: readonly Unit[],
  journal: WrittenName | undefined,
  bookkeeping: Bookkeeping,
  harmless: ReadonlySet<string>,
): readonly Entry[] {
  return units.flatMap((unit) =>
    unit.statements.flatMap((statement): readonly Entry[] => {
      if (isJournalWrite(statement, bookkeeping)) {
        const isListed = journal !== undefined && statement.relations.some((each) => isSameRelation(each, journal));

        return isListed ? [{ unit, statement, row: readJournalRow(statement) }] : [];
      }

      return isOwn(statement, bookkeeping, harmless) ? [] : [{ unit, statement }];
    }),
  );
}

/**
 * The tool's list of applied migrations: of the relations that it writes to, the one whose writes end the most of them, and
 * the first to be written then. Others are locks.
 */
export function findJournal(
  units: readonly Unit[],
  bookkeeping: Bookkeeping,
  harmless: ReadonlySet<string>,
): WrittenName | undefined {
  const candidates = bookkeeping.relations.map((relation) => {
    const entries = listEntries(units, relation, bookkeeping, harmless);
    const ended = cut(entries).filter((segment) => segment.row !== undefined && segment.entries.length > 0);
    const all = units.flatMap(({ statements }) => statements);
    const first = entries.findIndex(({ row }, index) => row !== undefined && index > 0 && !entries[index - 1]?.row);
    const written = entries[first];

    return { relation, ended: ended.length, at: written === undefined ? all.length : all.indexOf(written.statement) };
  });
  const [best] = candidates.toSorted((one, other) => other.ended - one.ended || one.at - other.at);

  return best?.relation;
}

function cut(entries: readonly Entry[]): readonly Segment[] {
  const segments: Segment[] = [];
  let pending: Entry[] = [];
  for (const entry of entries) {
    if (entry.row === undefined) pending.push(entry);
    else {
      segments.push({ entries: pending, row: entry.row, write: entry.statement });
      pending = [];
    }
  }

  return [...segments, { entries: pending }];
}

/** What a write to the list says in each direction. */
const MEANINGS: Readonly<Record<Direction, Readonly<Record<JournalRow["write"], "names" | "changes" | "clears">>>> = {
  up: { insert: "names", update: "changes", delete: "clears", truncate: "clears" },
  down: { delete: "names", update: "changes", insert: "changes", truncate: "clears" },
};

/**
 * Some tools write the row before the migration and change it, or write it again, after: then the statements between
 * belong to the row before them.
 */
function resolve(
  segments: readonly Segment[],
  direction: Direction,
  naming: (row: JournalRow) => string | undefined,
): readonly Draft[] {
  const drafts: Draft[] = [];
  let carried: readonly Entry[] = [];
  for (const { entries: own, row, write } of segments) {
    const entries = [...carried, ...own];
    // A list of one row, which is the last migration: its name is replaced.
    const isReplaced = row?.replaced !== undefined && naming(row) !== undefined;
    const meaning = row === undefined ? undefined : isReplaced ? "names" : MEANINGS[direction][row.write];
    carried = meaning === "clears" ? entries : [];
    if (meaning === "clears") continue;
    const last = drafts.at(-1);
    const isOpen = last !== undefined && last.entries.length === 0;
    const isAgain = row !== undefined && last?.row !== undefined && naming(row) === naming(last.row);
    if (isOpen && (meaning !== "names" || isAgain)) Object.assign(last, { entries, write: write ?? last.write });
    else if (row === undefined && last !== undefined) last.entries = [...last.entries, ...entries];
    else if (entries.length > 0 || (meaning === "names" && !isAgain)) drafts.push({ row, entries, write });
    else if (last !== undefined) last.write = write ?? last.write;
  }

  return drafts;
}

function toPieces(entries: readonly Entry[], all: readonly (readonly Entry[])[]): readonly Piece[] {
  const pieces: { readonly unit: Unit; readonly statements: SentStatement[]; readonly isShared: boolean }[] = [];
  for (const { unit, statement } of entries) {
    const last = pieces.at(-1);
    if (last?.unit === unit) last.statements.push(statement);
    else {
      const isShared = all.filter((each) => each.some((other) => other.unit === unit)).length > 1;
      pieces.push({ unit, statements: [statement], isShared });
    }
  }

  return pieces;
}
