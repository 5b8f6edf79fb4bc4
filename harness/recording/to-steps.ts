/** Makes steps of the pieces of a recorded migration, as its tool applies them (pure). */
import { findCloneName } from "../database/server.ts";
import type { Parser } from "../release/parser.ts";
import type { Step, TransactionMode } from "../release/release.ts";
import { splitWith } from "../release/split-statements.ts";
import { formatCopy } from "./copied-rows.ts";
import type { Piece } from "./cut-migrations.ts";
import { formatStatements, type TextOptions } from "./made-values.ts";
import type { SentStatement } from "./sent-statements.ts";
import { changeSettings, type SessionSettings } from "./session-settings.ts";
import { joinTemporary, type StatementBlock, type StatementGroup } from "./temporary-tables.ts";

export interface StepOptions extends TextOptions {
  readonly parser: Parser;
  /** How the steps are named in reports. */
  readonly path: string;
  /** Absolute: what the user edits. */
  readonly file: string;
  /** Comments for the first step, such as declarations in the code of the migration. */
  readonly comments?: readonly string[];
}

/** The steps; none where the migration sends no statement. */
export function toSteps(pieces: readonly Piece[], options: StepOptions): readonly Step[] {
  const { parser, path, file, comments = [] } = options;

  return joinTemporary(toGroups(pieces)).map(({ transaction, blocks, before }, index) => {
    const texts = formatBlocks(blocks, options);
    const source = [...(index === 0 ? comments : []), ...texts.map((text) => `${text};\n`)].join("\n");
    let split: Step["statements"] | undefined;

    return {
      ...{ path, file, source, transaction, stopsAtError: true },
      ...(before.length > 0 && { before }),
      get statements() {
        split ??= splitWith(parser, source, path);

        return split;
      },
    };
  });
}

/** The values that one block keeps are there for the next. */
function formatBlocks(blocks: readonly StatementBlock[], options: TextOptions): readonly string[] {
  const texts = formatStatements(
    blocks.flatMap(({ statements }) => statements),
    options,
  );
  let at = 0;

  return blocks.flatMap(({ first, statements, last }) => [
    ...first,
    ...statements.flatMap((statement) => {
      const text = texts[at++] ?? "";

      return statement.copy === undefined ? [nameCurrentDatabase(text.trim())] : formatCopy(statement);
    }),
    ...last,
  ]);
}

interface Draft {
  readonly transaction: TransactionMode;
  statements: readonly SentStatement[];
  readonly before: readonly string[];
}

function toGroups(pieces: readonly Piece[]): readonly StatementGroup[] {
  const groups: Draft[] = [];
  let settings: SessionSettings = new Map();
  for (const { unit, statements, isShared } of pieces) {
    const transaction = chooseMode(unit.kind, isShared);
    const changes = changeSettings(settings, unit.settings);
    settings = unit.settings;
    const last = groups.at(-1);
    if (transaction === "statement" && last?.transaction === "statement" && changes.length === 0) {
      last.statements = [...last.statements, ...statements];
    } else {
      const characteristics = unit.characteristics === undefined ? [] : [unit.characteristics];
      // All settings: in the state before a migration, each step has a session of its own.
      const before = [...characteristics, ...new Set([...changes, ...unit.settings.values()])];
      groups.push({ transaction, statements, before });
    }
  }

  return groups.map(({ transaction, statements, before }) => ({
    ...{ transaction, before },
    blocks: [{ first: [], statements, last: [] }],
  }));
}

/** A transaction of several migrations is one with those that are pending when the tool runs. */
function chooseMode(kind: Piece["unit"]["kind"], isShared: boolean): TransactionMode {
  if (kind === "block") return isShared ? "run" : "file";

  return kind === "implicit" ? "query" : "statement";
}

/** A statement that names the database of the tool, such as ALTER DATABASE, is about the one that it runs in. */
function nameCurrentDatabase(text: string): string {
  const database = findCloneName(text);
  if (database === undefined) return text;
  const bare = text.replaceAll(`"${database}"`, database);

  return `DO $block$ BEGIN
  EXECUTE replace($plumbline$${bare}$plumbline$, '${database}', quote_ident(current_database()));
END $block$`;
}
