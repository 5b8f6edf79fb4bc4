/**
 * Parses psql's own commands (pure). The harness runs none of them: it ignores those that change neither the database
 * nor what is sent to it, and rejects the others, because without them it would verify something else than what ships.
 */

/** A meta-command with the rest of its line. */
export interface MetaCommand {
  /** The name after the backslash, without arguments and without a closing semicolon. */
  readonly name: string;
  /** From the backslash to the end of the line, without trailing white space. */
  readonly text: string;
  /** The position after its line. */
  readonly end: number;
  /** Whether it sends the statement before it, as a semicolon does. */
  readonly sendsStatement: boolean;
}

/** Why a meta-command is rejected. */
export interface MetaCommandProblem {
  readonly problem: string;
  readonly remedy: string;
}

/** Send the statement, and change only how its result is displayed or stored. */
const SENDING = new Set(["g", "gx", "gset", "crosstabview"]);

/** Display something, or change how psql displays it. */
const HARMLESS = new Set(
  (
    "? C H T a conninfo copyright echo errverbose f h help html o out p print pset qecho restrict set t timing " +
    "unrestrict unset warn x"
  ).split(" "),
);

/** `\d` and its relatives, in many combinations (`\dt`, `\dRp+`). */
const DESCRIBING = /^(?:d[A-Za-z]*|l|list|sf|sv|z)[Sx+]*$/;

const REMEDIES: Readonly<Record<string, string>> = {
  ";": "End the statement with a plain semicolon",
  ".": "Write the rows as INSERT statements",
  copy: "Write the rows as INSERT statements",
  gexec: "Write the statements out, or run them with EXECUTE in a DO block",
  i: "Name the included file in release.json, at its place in the list",
  if: "Write the condition in SQL, in a DO block",
};

const FAMILIES: Readonly<Record<string, string>> = {
  include: "i",
  ir: "i",
  include_relative: "i",
  elif: "if",
  else: "if",
  endif: "if",
};

/** Parses the meta-command whose backslash is at `start`. */
export function parseMetaCommand(source: string, start: number): MetaCommand {
  const lineFeed = source.indexOf("\n", start);
  const end = lineFeed === -1 ? source.length : lineFeed + 1;
  const text = source.slice(start, end).trimEnd();
  const word = /^\\([^\s\\]*)/.exec(text)?.[1] ?? "";
  const name = word.startsWith(";") ? ";" : word.replace(/;.*/, "");

  return { name, text, end, sendsStatement: SENDING.has(name) };
}

/** Finds why a meta-command is rejected, if it is. */
export function findMetaCommandProblem(command: MetaCommand): MetaCommandProblem | undefined {
  if (!isIgnored(command)) {
    return {
      problem: `the psql command \\${command.name} is not supported`,
      remedy: REMEDIES[FAMILIES[command.name] ?? command.name] ?? "Remove it, or write the same in SQL",
    };
  }

  if (hasSecondCommand(command.text)) {
    return {
      problem: "a second command follows on the line of a psql command",
      remedy: "Give it a line of its own",
    };
  }

  return undefined;
}

function isIgnored({ name, text, sendsStatement: sends }: MetaCommand): boolean {
  // These two variables change the transactions of statements.
  if (name === "set" && /^\\set\s+(AUTOCOMMIT|ON_ERROR_ROLLBACK)\b/.test(text)) return false;

  return sends || HARMLESS.has(name) || DESCRIBING.test(name);
}

/** In psql a backslash outside of quotes ends the arguments: a command, or SQL, follows. */
function hasSecondCommand(text: string): boolean {
  const quoted = /'(?:[^'\\]|\\.|'')*(?:'|$)|"[^"]*(?:"|$)|`[^`]*(?:`|$)/g;

  return text.slice(1).replace(quoted, "").includes("\\");
}
