/**
 * psql's own commands. The harness runs none of them, so it lets only those pass that leave the database, and what is
 * sent to it, as they are; to drop any other without a word would verify something else than what ships.
 */

/** A meta-command with the rest of its line. */
export interface MetaCommand {
  /** The name after the backslash, without arguments and without a closing semicolon. */
  readonly name: string;
  /** From the backslash to the end of the line, without the white space there. */
  readonly text: string;
  /** The position after its line. */
  readonly end: number;
  /** Whether it sends the statement before it, as a semicolon does. */
  readonly sendsStatement: boolean;
}

/** Why a meta-command cannot pass: what is wrong, and what to do. */
export interface MetaCommandProblem {
  readonly wrong: string;
  readonly remedy: string;
}

/** These send the statement and change only how its result is shown or kept. */
const senders = new Set(["g", "gx", "gset", "crosstabview"]);

/** These show something, or change how psql shows things. */
const bystanders = new Set(
  (
    "? C H T a conninfo copyright echo errverbose f h help html o out p print pset qecho restrict set t timing " +
    "unrestrict unset warn x"
  ).split(" "),
);

/** The `\d` family is named by what it shows, in many combinations (`\dt`, `\dRp+`); its kin take the same suffixes. */
const describes = /^(?:d[A-Za-z]*|l|list|sf|sv|z)[Sx+]*$/;

const remedies: Readonly<Record<string, string>> = {
  ";": "End the statement with a plain semicolon",
  ".": "Write the rows as INSERT statements",
  copy: "Write the rows as INSERT statements",
  gexec: "Write the statements out, or run them with EXECUTE in a DO block",
  i: "Name the included file in release.json, at its place in the list",
  if: "Write the condition in SQL, in a DO block",
};

const families: Readonly<Record<string, string>> = {
  include: "i",
  ir: "i",
  include_relative: "i",
  elif: "if",
  else: "if",
  endif: "if",
};

/** Reads the meta-command whose backslash stands at `start`. */
export function parseMetaCommand(source: string, start: number): MetaCommand {
  const lineFeed = source.indexOf("\n", start);
  const end = lineFeed === -1 ? source.length : lineFeed + 1;
  const text = source.slice(start, end).trimEnd();
  const word = /^\\([^\s\\]*)/.exec(text)?.[1] ?? "";
  const name = word.startsWith(";") ? ";" : word.replace(/;.*/, "");

  return { name, text, end, sendsStatement: senders.has(name) };
}

/** What is to be said against a meta-command, if anything. */
export function findMetaCommandProblem(command: MetaCommand): MetaCommandProblem | undefined {
  if (!passes(command)) {
    return {
      wrong: `the psql command \\${command.name} is not supported`,
      remedy: remedies[families[command.name] ?? command.name] ?? "Remove it, or say the same in SQL",
    };
  }

  if (hasSecondCommand(command.text)) {
    return {
      wrong: "a second command follows on the line of a psql command",
      remedy: "Give it a line of its own",
    };
  }

  return undefined;
}

function passes({ name, text, sendsStatement: sends }: MetaCommand): boolean {
  // These two change how statements are put into transactions.
  if (name === "set" && /^\\set\s+(AUTOCOMMIT|ON_ERROR_ROLLBACK)\b/.test(text)) return false;

  return sends || bystanders.has(name) || describes.test(name);
}

/** psql ends the arguments at a backslash that is not in quotes: what follows would be a command, or SQL. */
function hasSecondCommand(text: string): boolean {
  const quoted = /'(?:[^'\\]|\\.|'')*(?:'|$)|"[^"]*(?:"|$)|`[^`]*(?:`|$)/g;

  return text.slice(1).replace(quoted, "").includes("\\");
}
