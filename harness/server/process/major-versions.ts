/** Lists the major versions of PostgreSQL that Plumbline verifies on (pure). */
import { HarnessError } from "../../errors.ts";

/** The major version that is installed with Plumbline. */
export const defaultMajor = 18;

/** Every supported major version, ascending. */
export const majors = [14, 15, 16, 17, 18] as const;

/** @throws HarnessError for a major version that is not supported */
export function requireMajor(major: number): void {
  if (majors.some((known) => known === major)) return;

  throw new HarnessError(`Plumbline does not run PostgreSQL ${major}`, `Use one of ${majors.join(", ")}`);
}

/**
 * Parses `14-18`, `14,16,18` or `14-16,18` into major versions, each once and ascending.
 * @throws HarnessError if the text has another form or names an unsupported version
 */
export function parseMajors(text: string): readonly number[] {
  const named = text.split(",").flatMap((part) => {
    const range = /^\s*(\d{1,3})\s*(?:-\s*(\d{1,3})\s*)?$/.exec(part);
    const [first, last] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
    if (range === null || last < first) {
      throw new HarnessError(
        `${JSON.stringify(text)} names no versions of PostgreSQL`,
        "Write them as 14-18, or as 14,16,18",
      );
    }

    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  for (const major of named) requireMajor(major);

  return [...new Set(named)].sort((one, other) => one - other);
}
