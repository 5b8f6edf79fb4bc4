/**
 * From words to a command, and from what came of it to an exit code: 0 all as expected, 1 a contract broken, 2 the
 * harness could not do its work.
 */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { installation } from "./commands/installation.ts";
import type { SpecCommandOptions } from "./commands/spec.ts";
import type { VerifyOptions } from "./commands/verify.ts";
import { HarnessError, messageOf } from "./errors.ts";

/** Runs the command that the words name, and returns the exit code. */
export async function main(words: readonly string[]): Promise<number> {
  const exit = { code: 0 };

  try {
    await programOf(exit).parseAsync([...words], { from: "user" });

    return exit.code;
  } catch (error) {
    return tell(error);
  }
}

function programOf(exit: { code: number }): Command {
  const program = new Command("plumbline")
    .description("Verifies a PostgreSQL migration before it ships.")
    .version(installation.version)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .helpCommand(false);

  program
    .command("verify")
    .description("check every property against each release")
    .option(
      "--release <dir>",
      "a folder with a release.json; may be given again (default: all in sql/)",
      collect,
    )
    .option("--server <kind>", "embedded, container, memory or postgres://…", "embedded")
    .option("--postgres <major>", "the major version of PostgreSQL", wholeNumber(1))
    .option("--seed <n>", "repeat a run exactly", wholeNumber(0))
    .option("--runs <n>", "cases of each property", wholeNumber(1))
    .option("--only <ids>", "properties or rules, separated by commas", (text: string) => text.split(","))
    .option("--json <file>", "write the results as JSON")
    .option("--junit <file>", "write the results as JUnit XML")
    .option("--verbose", "tell known violations as fully as new ones")
    .option("--quiet", "say nothing but with the exit code and the files")
    .addHelpText(
      "after",
      "\nExit code: 0 all as expected, 1 a contract broken or a ledger stale, 2 could not work.",
    )
    .action(async (options: VerifyOptions) => {
      // Loaded when it is needed: `--help` answers at once.
      const { verify } = await import("./commands/verify.ts");
      exit.code = await verify(options);
    });

  program
    .command("spec")
    .description("run an isolation spec, and tell what each of its orders comes to")
    .argument("<file>", "a spec in the format of PostgreSQL's isolation tester")
    .option("--release <dir>", "run it on a database that this release has migrated (default: an empty one)")
    .option("--server <kind>", "embedded, container, memory or postgres://…", "embedded")
    .option("--seed <n>", "which orders are run where there are too many", wholeNumber(0))
    .action(async (file: string, options: SpecCommandOptions) => {
      const { spec } = await import("./commands/spec.ts");
      exit.code = await spec(file, options);
    });

  return program;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < minimum || number > 2 ** 31 - 1) {
      throw new InvalidArgumentError(`It takes a whole number from ${minimum} to ${2 ** 31 - 1}.`);
    }

    return number;
  };
}

/** Tells what went wrong: a sentence of what is wrong, and one of what to do. */
function tell(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) {
    return 0;
  }
  if (error instanceof CommanderError) {
    const help = error.code === "commander.help";
    process.stderr.write(
      help
        ? "plumbline: no command was given. Run plumbline --help for the list.\n"
        : `plumbline: ${error.message}\nRun plumbline --help for what there is.\n`,
    );
  } else if (error instanceof HarnessError) {
    process.stderr.write(`plumbline: ${error.message}.\n${error.remedy}.\n`);
  } else {
    // Not foreseen: a defect of Plumbline, and its stack is what its makers need.
    const stack = error instanceof Error ? error.stack : undefined;
    process.stderr.write(`plumbline: a defect of Plumbline itself: ${stack ?? messageOf(error)}\n`);
  }

  return 2;
}
