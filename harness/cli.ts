/**
 * From words to a command, and from what came of it to an exit code: 0 all as expected, 1 a contract broken, 2 the
 * harness could not do its work.
 */
import { Command, CommanderError, Option } from "commander";
import { collect, listed, majorIn, shardIn, single, wholeNumber } from "./commands/arguments.ts";
import type { BenchOptions } from "./commands/bench-input.ts";
import type { CleanOptions } from "./commands/clean.ts";
import { installation } from "./files/installation.ts";
import type { MergeOptions } from "./commands/merge.ts";
import type { MutateOptions } from "./commands/mutate-selection.ts";
import type { SpecCommandOptions } from "./commands/spec.ts";
import type { VerifyOptions } from "./commands/verify.ts";
import { HarnessError, messageOf } from "./errors.ts";
import { parseMajors } from "./server/embedded/versions.ts";
import { redact } from "./text/redact.ts";

const SERVER = ["--server <kind>", "embedded, container, external or postgres://…", "embedded"] as const;
const IMAGE = ["--image <name>", "what a container is made of (default: postgres:<major>-alpine)"] as const;
const YES = ["--yes", "work on an external server even where it looks like production"] as const;

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

/** What the process will exit with. */
export interface Exit {
  code: number;
}

/** All commands with their flags; what they come to is left in `exit`. */
export function programOf(exit: Exit): Command {
  const program = new Command("pg-plumbline")
    .description("Verifies a PostgreSQL migration before it ships.")
    .version(installation.version)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .helpCommand("help [command]", "tell what a command takes");

  addVerify(program, exit);
  addBench(program, exit);
  addMutate(program, exit);
  addSpec(program, exit);
  addMerge(program, exit);
  addClean(program, exit);

  return program;
}

function addVerify(program: Command, exit: Exit): void {
  program
    .command("verify")
    .description("check every property against each release")
    .option(
      "--release <dir>",
      "a folder with a release.json; may be given again (default: all in sql/)",
      collect,
    )
    .option(
      SERVER[0],
      `${SERVER[1]}; memory is quick and decides little, and memory,<kind> compares the two`,
      SERVER[2],
    )
    .option(...IMAGE)
    .option("--postgres <major>", "the major version of PostgreSQL, 14 to 18", majorIn)
    .addOption(
      new Option("--matrix <majors>", "several major versions, such as 14-18 or 14,16,18")
        .argParser(parseMajors)
        .conflicts("postgres"),
    )
    .option(...YES)
    .option("--seed <n>", "repeat a run exactly", wholeNumber(0))
    .option("--runs <n>", "cases of each property", wholeNumber(1))
    .option("--only <ids>", "properties or rules, separated by commas", listed)
    .option("--shard <i/n>", "the i-th of n parts of the properties; see merge", shardIn)
    .option("--json <file>", "write the results as JSON")
    .option("--junit <file>", "write the results as JUnit XML")
    .option("--html <file>", "write them as a page for a browser, all in one file")
    .option("--verbose", "show every verdict, and known failures as fully as new violations")
    .option("--questions", "show the answers to the open questions")
    .option("--quiet", "say nothing but with the exit code and the files")
    .addHelpText(
      "after",
      `
Exit code: 0 all as expected; 1 a contract broken, a ledger stale, or a rule that the release itself
keeps from being decided; 2 could not work, or could decide nothing at all.`,
    )
    .action(async (options: VerifyOptions) => {
      // Loaded when it is needed: `--help` answers at once.
      if (options.matrix !== undefined) {
        const { matrix } = await import("./commands/matrix.ts");
        exit.code = await matrix(options, options.matrix);
      } else if (options.server.startsWith("memory,")) {
        const { compareServers } = await import("./commands/compare-servers.ts");
        exit.code = await compareServers(options);
      } else {
        const { verify } = await import("./commands/verify.ts");
        exit.code = await verify(options);
      }
    });
}

function addSpec(program: Command, exit: Exit): void {
  program
    .command("spec")
    .description("run an isolation spec, and tell what each of its orders comes to")
    .argument("<file>", "a spec in the format of PostgreSQL's isolation tester")
    .option(
      "--release <dir>",
      "run it on a database that this release has migrated (default: an empty one)",
      single,
    )
    .option(...SERVER)
    .option(...IMAGE)
    .option(...YES)
    .option("--seed <n>", "which orders are run where there are too many", wholeNumber(0))
    .action(async (file: string, options: SpecCommandOptions) => {
      const { spec } = await import("./commands/spec.ts");
      exit.code = await spec(file, options);
    });
}

function addMerge(program: Command, exit: Exit): void {
  program
    .command("merge")
    .description("put the JSON of the parts of a run together, and tell it as one")
    .argument("<files...>", "what verify --shard I/N --json wrote, a file for each part")
    .option("--json <file>", "write the results as JSON")
    .option("--junit <file>", "write the results as JUnit XML")
    .option("--html <file>", "write them as a page for a browser, all in one file")
    .option("--quiet", "say nothing but with the exit code and the files")
    .action(async (files: readonly string[], options: MergeOptions) => {
      const { merge } = await import("./commands/merge.ts");
      exit.code = await merge(files, options);
    });
}

function addClean(program: Command, exit: Exit): void {
  program
    .command("clean")
    .description("clear away what interrupted runs left behind")
    .option(...SERVER)
    .action(async (options: CleanOptions) => {
      const { clean } = await import("./commands/clean.ts");
      exit.code = await clean(options);
    });
}

function addBench(program: Command, exit: Exit): void {
  program
    .command("bench")
    .description("hold what each query, call and step costs against its budget and the accepted figures")
    .option(
      "--release <dir>",
      "a folder with a release.json; may be given again (default: all in sql/)",
      collect,
    )
    .option(
      "--against <dir>",
      "hold the one release that --release names against this one, in turns on the same server",
    )
    .option(...SERVER)
    .option(...IMAGE)
    .option("--postgres <major>", "the major version of PostgreSQL, 14 to 18", majorIn)
    .option(...YES)
    .option("--seed <n>", "which rows are made", wholeNumber(0), 42)
    .option("--scale <n>", "measure at so many organizations besides, 1,000 or more", wholeNumber(1_000))
    .option("--only <ids>", "gates or rules, separated by commas", listed)
    .option("--load", "put consumptions of many sessions on each release besides")
    .option("--update", "accept the figures of this run")
    .option("--json <file>", "write the results as JSON")
    .option("--junit <file>", "write the results as JUnit XML")
    .option("--html <file>", "write them as a page for a browser, all in one file")
    .option("--quiet", "say nothing but with the exit code and the files")
    .addHelpText(
      "after",
      "\nExit code: 0 all as expected, 1 a budget or the accepted figures not kept, or a ledger stale, 2 could not work.",
    )
    .action(async (options: BenchOptions) => {
      const { bench } = await import("./commands/bench.ts");
      exit.code = await bench(options);
    });
}

function addMutate(program: Command, exit: Exit): void {
  program
    .command("mutate")
    .description("make small wrong versions of a release that holds, and see which property notices each")
    .option("--release <dir>", "a folder with a release.json (default: sql/hardened)", single)
    .option(...SERVER)
    .option(...IMAGE)
    .option("--postgres <major>", "the major version of PostgreSQL, 14 to 18", wholeNumber(1))
    .option(...YES)
    .option("--seed <n>", "the cases that properties are asked for", wholeNumber(0), 1)
    .addOption(new Option("--runs <n>").argParser(wholeNumber(1)).hideHelp())
    .option("--only <ids>", "ask only these properties or rules, separated by commas", listed)
    .option("--operators <names>", "mutants of these operators, separated by commas", listed)
    .option("--lists <names>", "mutants of these lists (default: migrate and the rollbacks)", listed)
    .option("--steps <paths>", "mutants of these steps, as release.json names them", listed)
    .option("--mutants <ids>", "these mutants", listed)
    .option("--changed-since <rev>", "mutants of the lines that changed since a revision of Git")
    .option("--resume", "go on with a run that was stopped")
    .option(
      "--alone",
      "find out what each property notices that no other does; slow, since whoever is noticed by one is put to all",
    )
    .option("--min-score <percent>", "fail where fewer are noticed", wholeNumber(0))
    .option("--json <file>", "write the results in the report schema of mutation testing")
    .option("--junit <file>", "write them as JUnit XML")
    .option("--html <file>", "write them as a page for a browser")
    .option("--update", "write who noticed what beside release.json: the next run asks them first")
    .option("--profile", "tell where the time goes")
    .option("--quiet", "say nothing but with the exit code and the files")
    .addHelpText("after", "\nExit code: 0, or 1 where the score is too low, 2 could not work.")
    .action(async (options: MutateOptions) => {
      const { mutate } = await import("./commands/mutate.ts");
      exit.code = await mutate(options);
    });
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
        ? "pg-plumbline: no command was given. Run pg-plumbline --help for the list.\n"
        : `pg-plumbline: ${redact(error.message.replace(/^error: /, ""))}\nRun pg-plumbline --help for what there is.\n`,
    );
  } else if (error instanceof HarnessError) {
    process.stderr.write(`pg-plumbline: ${ended(redact(error.message))}\n${ended(error.remedy)}\n`);
  } else {
    // Not foreseen: a defect of Plumbline, and its stack is what its makers need.
    const stack = error instanceof Error ? error.stack : undefined;
    process.stderr.write(
      `pg-plumbline: a defect of Plumbline itself: ${redact(stack ?? messageOf(error))}\n`,
    );
  }

  return 2;
}

/** A sentence with its full stop, unless it ends with a mark of its own. */
function ended(sentence: string): string {
  return /[?!…]$/.test(sentence) ? sentence : `${sentence}.`;
}
