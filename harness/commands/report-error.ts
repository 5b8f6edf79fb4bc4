/** Reports an error in two sentences: what is wrong, and what to do. */
import { CommanderError } from "commander";
import { HarnessError, messageOf } from "../errors.ts";
import { redact } from "../text/redact.ts";

/** @returns the exit code: 2, unless commander only showed its help */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (error instanceof CommanderError) {
    const isHelp = error.code === "commander.help";
    process.stderr.write(
      isHelp
        ? "pg-plumbline: no command was given. Run pg-plumbline --help for the list.\n"
        : `pg-plumbline: ${redact(error.message.replace(/^error: /, ""))}\nRun pg-plumbline --help for the options.\n`,
    );
  } else if (error instanceof HarnessError) {
    process.stderr.write(`pg-plumbline: ${endSentence(redact(error.message))}\n${endSentence(error.remedy)}\n`);
  } else {
    // A defect of Plumbline, which its stack helps to find.
    const stack = error instanceof Error ? error.stack : undefined;
    process.stderr.write(`pg-plumbline: a defect of Plumbline itself: ${redact(stack ?? messageOf(error))}\n`);
  }

  return 2;
}

/** Adds a full stop, unless the sentence ends with another mark. */
function endSentence(sentence: string): string {
  return /[?!….]$/.test(sentence) ? sentence : `${sentence}.`;
}
