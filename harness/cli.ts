/**
 * Parses the arguments, runs the command and maps its result to an exit code: 0 all as expected, 1 a violated rule,
 * 2 the harness could not do its work.
 */
import { Command, Option } from "commander";
import {
  collectFolders,
  parseIntegerFrom,
  parseList,
  parseMajor,
  parseShardArgument,
  rejectRepeated,
} from "./commands/arguments.ts";
import type { BenchOptions } from "./commands/bench-input.ts";
import type { CleanOptions } from "./commands/clean.ts";
import type { MergeOptions } from "./commands/merge.ts";
import type { MutateOptions } from "./commands/mutate-selection.ts";
import type { PreflightOptions } from "./commands/preflight.ts";
import { reportError } from "./commands/report-error.ts";
import type { SpecCommandOptions } from "./commands/spec.ts";
import type { VerifyOptions } from "./commands/verify.ts";
import { installation } from "./files/installation.ts";
import { parseMajors } from "./server/process/major-versions.ts";
import { requireKnown } from "./text/suggest.ts";

/** Runs the command that the arguments name, and returns the exit code. */
export async function main(words: readonly string[]): Promise<number> {
  const exit = { code: 0 };

  try {
    await createProgram(exit).parseAsync([...words], { from: "user" });

    return exit.code;
  } catch (error) {
    return reportError(error);
  }
}

/** Receives the code that the process exits with. */
export interface Exit {
  code: number;
}

/** Defines all commands with their options; a command sets the code of `exit`. */
export function createProgram(exit: Exit): Command {
  const program = new Command("pg-plumbline")
    .description("Verifies a PostgreSQL migration before it ships.")
    .version(installation.version)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .helpCommand(false);

  addVerify(program, exit);
  addBench(program, exit);
  addMutate(program, exit);
  addPreflight(program, exit);
  addSpec(program, exit);
  addMerge(program, exit);
  addClean(program, exit);
  addHelp(program);
  for (const command of program.commands) rejectRepeated(command);

  return program;
}

function addHelp(program: Command): void {
  program
    .command("help")
    .description("show the options of a command")
    .argument("[command]")
    .action((name?: string) => {
      const known = program.commands.map((command) => command.name());
      requireKnown("command", name === undefined ? [] : [name], known);
      const command = program.commands.find((one) => one.name() === name) ?? program;
      command.outputHelp();
    });
}

const SERVER_KINDS = "embedded, container, external or postgres://…";

function addServer(command: Command, kinds = SERVER_KINDS): Command {
  return command
    .option("--server <kind>", kinds, "embedded")
    .option("--image <name>", "the image of a container (default: postgres:<major>-alpine)")
    .option("--yes", "work on an external server even if it looks like production");
}

function addMajor(command: Command): Command {
  return command.option("--postgres <major>", "the major version of PostgreSQL, 14 to 18", parseMajor);
}

function addReleases(
  command: Command,
  description = "a folder with a release.json; may be repeated (default: the two that come with Plumbline)",
): Command {
  return command.option("--release <dir>", description, collectFolders);
}

/** Which migrations of a folder are meant; by default the newest. */
function addSelection(command: Command): Command {
  return command
    .option("--layout <name>", "the tool of a folder of migrations, instead of what its files look like")
    .addOption(
      new Option("--last <n>", "the n newest migrations")
        .argParser(parseIntegerFrom(1))
        .conflicts(["since", "all", "migration"]),
    )
    .addOption(
      new Option("--since <rev>", "the migrations that changed since a revision of Git").conflicts([
        "all",
        "migration",
      ]),
    )
    .addOption(new Option("--all", "all migrations").conflicts("migration"))
    .option("--migration <name>", "one migration");
}

function addReports(command: Command, json = "write the results as JSON"): Command {
  return command
    .option("--json <file>", json)
    .option("--junit <file>", "write the results as JUnit XML")
    .option("--html <file>", "write the results as one page for a browser")
    .option("--quiet", "print nothing: only write the files and exit with the code");
}

function addVerify(program: Command, exit: Exit): void {
  const command = program
    .command("verify")
    .description("check a release or the newest migration of a folder")
    .argument(
      "[folders...]",
      "folders with a release.json, or of migrations (default: the two that come with Plumbline)",
    );
  addReleases(command, "the same as a folder; may be repeated");
  addServer(command, `${SERVER_KINDS}; memory is fast and decides little, and memory,<kind> compares the two`);
  addSelection(addMajor(command))
    .addOption(
      new Option("--matrix <majors>", "several major versions, such as 14-18 or 14,16,18")
        .argParser(parseMajors)
        .conflicts("postgres"),
    )
    .option("--seed <n>", "repeat a run exactly", parseIntegerFrom(0))
    .option("--runs <n>", "cases of each property", parseIntegerFrom(1))
    .option("--only <ids>", "properties or rules, separated by commas", parseList)
    .option("--shard <i/n>", "the i-th of n shards of the properties; see merge", parseShardArgument)
    .addOption(
      new Option("--rows <kind>", "the rows that the rules of any migration try").choices(["none", "mild", "all"]),
    )
    .option("--verbose", "show every verdict, and known failures as fully as new violations")
    .option("--questions", "show the answers to the open questions")
    .option("--kinds", "list the kinds of failures as findings.json names them")
    .option("--first", "end each property with the first kind of failure that it finds")
    .addHelpText(
      "after",
      `
Exit code: 0 all as expected; 1 a new violation, an outdated known failure, or a rule that the release itself
prevents checking; 2 an error, or nothing could be checked at all.`,
    )
    .action(async (folders: readonly string[], flags: VerifyOptions) => {
      const options = { ...flags, folders };
      // Commands are loaded when they run, so that --help answers at once.
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
  addReports(command);
}

function addPreflight(program: Command, exit: Exit): void {
  const command = program
    .command("preflight")
    .description("the queries that count the rows of a real database which a migration would refuse")
    .argument(
      "[folders...]",
      "folders with a release.json, or of migrations (default: the two that come with Plumbline)",
    );
  addMajor(addSelection(command))
    .option("--server <address>", "ask this database, read-only: postgres://…, or external for DATABASE_URL")
    .option("--timeout <seconds>", "the limit of each query", parseIntegerFrom(1), 30)
    .option("--values <n>", "show n values that break a condition, too", parseIntegerFrom(1))
    .option("--explain", "ask what each query would cost, and run none")
    .option("--image <name>", "try the migration in a container of this image, instead of the embedded server")
    .option("--json <file>", "write the results as JSON")
    .option("--quiet", "print nothing: only write the file and exit with the code")
    .addHelpText("after", "\nExit code: 0 all conditions hold, 1 one does not, 2 an error, or one is not known.")
    .action(async (folders: readonly string[], flags: PreflightOptions) => {
      const { preflight } = await import("./commands/preflight.ts");
      exit.code = await preflight({ ...flags, folders });
    });
}

function addSpec(program: Command, exit: Exit): void {
  const command = program
    .command("spec")
    .description("run the permutations of an isolation spec, and print a transcript of each")
    .argument("<file>", "a spec in the format of PostgreSQL's isolation tester");
  addServer(command)
    .option("--release <dir>", "run it on a database that this release has migrated (default: an empty one)")
    .option("--seed <n>", "selects the permutations if there are too many", parseIntegerFrom(0))
    .action(async (file: string, options: SpecCommandOptions) => {
      const { spec } = await import("./commands/spec.ts");
      exit.code = await spec(file, options);
    });
}

function addMerge(program: Command, exit: Exit): void {
  const command = program
    .command("merge")
    .description("merge the JSON files of the shards of a run, and report them as one run")
    .argument("<files...>", "files written by verify --shard I/N --json, one for each shard")
    .action(async (files: readonly string[], options: MergeOptions) => {
      const { merge } = await import("./commands/merge.ts");
      exit.code = await merge(files, options);
    });
  addReports(command);
}

function addClean(program: Command, exit: Exit): void {
  program
    .command("clean")
    .description("remove what interrupted runs left behind")
    .option("--server <kind>", SERVER_KINDS, "embedded")
    .action(async (options: CleanOptions) => {
      const { clean } = await import("./commands/clean.ts");
      exit.code = await clean(options);
    });
}

function addBench(program: Command, exit: Exit): void {
  const command = program
    .command("bench")
    .description("measure each query, call and step, and compare it with its budget and the accepted figures");
  addMajor(addServer(addReleases(command)))
    .option("--against <dir>", "compare the one release of --release with this one, in turns on the same server")
    .option("--seed <n>", "the rows that are generated", parseIntegerFrom(0), 42)
    .option("--scale <n>", "measure at this number of organizations too, 1,000 or more", parseIntegerFrom(1_000))
    .option("--only <ids>", "gates or rules, separated by commas", parseList)
    .option("--load", "put a load of concurrent consumptions on each release too")
    .option("--update", "accept the figures of this run")
    .option("--verbose", "show every gate with its counts, and known failures as fully as new violations")
    .addHelpText(
      "after",
      "\nExit code: 0 all as expected, 1 an unexpected violation, a worse figure or an outdated known failure, 2 an error or all unknown.",
    )
    .action(async (options: BenchOptions) => {
      const { bench } = await import("./commands/bench.ts");
      exit.code = await bench(options);
    });
  addReports(command);
}

function addMutate(program: Command, exit: Exit): void {
  const command = program
    .command("mutate")
    .description("make small wrong changes to a release that holds, and find the property that kills each")
    .option("--release <dir>", "a folder with a release.json (default: the hardened one that comes with Plumbline)");
  addMajor(addServer(command))
    .option("--seed <n>", "repeat a run exactly", parseIntegerFrom(0), 1)
    .option("--only <ids>", "check only these properties or rules, separated by commas", parseList)
    .option("--operators <names>", "mutants of these operators, separated by commas", parseList)
    .option("--lists <names>", "mutants of these lists (default: migrate and the rollbacks)", parseList)
    .option("--steps <paths>", "mutants of these steps, as release.json names them", parseList)
    .option("--mutants <ids>", "these mutants", parseList)
    .option("--changed-since <rev>", "mutants of the lines that changed since a revision of Git")
    .option("--resume", "continue a run that was stopped")
    .option("--min-score <percent>", "fail if fewer mutants are killed", parseIntegerFrom(0))
    .option("--update", "write killers.json next to release.json: these properties are checked first")
    .option("--verbose", "show all mutants that were not killed, and the scores by rule and operator")
    .addOption(new Option("--runs [n]").hideHelp())
    .addOption(new Option("--alone").hideHelp())
    .addOption(new Option("--profile").hideHelp())
    .addHelpText("after", "\nExit code: 0; 1 if the score is too low or equivalent-mutants.json is stale; 2 an error.")
    .action(async (options: MutateOptions) => {
      const { mutate } = await import("./commands/mutate.ts");
      exit.code = await mutate(options);
    });
  addReports(command, "write the results in the report schema of mutation testing");
}
