/** Decides whether an error is about an object of which two schemas differ (pure). */
import type { CatalogDifference } from "../../../harness/catalog/difference.ts";
import type { SqlError } from "../../../harness/database/sql-error.ts";

/** Something that is there already, or that is not there (PostgreSQL manual, Appendix A, class 42). */
const THERE_OR_NOT = /^42(?:P0[1467]|70[1345]|710|723|883)$/;

/** Whether an error is about an object that is there and was not, or the other way round. */
export function isAboutObject({ code, message }: SqlError, differences: readonly CatalogDifference[]): boolean {
  const [, name = ""] = /"([^"]+)"|function (\S+)\(/.exec(message) ?? [];

  return THERE_OR_NOT.test(code) && name !== "" && differences.some(({ object }) => listNames(object).includes(name));
}

/** The parts of a catalog's name for an object. */
function listNames(object: string): readonly string[] {
  return (object.match(/"(?:[^"]|"")+"|[^\s.()"]+/g) ?? []).map((part) =>
    part.replace(/^"(.*)"$/, "$1").replaceAll('""', '"'),
  );
}
