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

export interface StepOptions extends TextOptions {
  readonly parser: Parser;
  /** How the steps are named in reports. */
  readonly path: string;
  /** Absolute: what the user edits. */
  readonly file: string;
  /** Comments for the first step, such as declarations in the code of the migration. */
  readonly comments?: readonly string[];
}

/** Statements that are applied together. */
interface Group {
  readonly transaction: TransactionMode;
  readonly statements: readonly SentStatement[];
  readonly before: readonly string[];
}

/** The steps; none where the migration sends no statement. */
export function toSteps(pieces: readonly Piece[], options: StepOptions): readonly Step[] {
  const { parser, path, file, comments = [] } = options;

  return toGroups(pieces).map(({ transaction, statements, before }, index) => {
    const texts = formatStatements(statements, options).flatMap((text, at) => {
      const statement = statements[at];

      return statement?.copy === undefined ? [nameCurrentDatabase(text.trim())] : formatCopy(statement);
    });
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

function toGroups(pieces: readonly Piece[]): readonly Group[] {
  const groups: { -readonly [Key in keyof Group]: Group[Key] }[] = [];
  let settings: SessionSettings = new Map();
  for (const { unit, statements, isShared } of pieces) {
    const transaction = chooseMode(unit.kind, isShared);
    const changes = changeSettings(settings, unit.settings);
    settings = unit.settings;
    const last = groups.at(-1);
    if (transaction === "statement" && last?.transaction === "statement" && changes.length === 0) {
      last.statements = [...last.statements, ...statements];
    } else {
      const before = unit.characteristics === undefined ? changes : [unit.characteristics, ...changes];
      groups.push({ transaction, statements, before });
    }
  }

  return groups;
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
