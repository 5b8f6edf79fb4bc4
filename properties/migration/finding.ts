/** What a rule of any migration finds (pure data): a violation is made of it, with the smallest rows and a script. */
import type { Evidence } from "../../harness/property/verdict.ts";
import type { AppliedStatement } from "../../harness/release/apply.ts";
import type { ScriptPart } from "../../harness/release/script-part.ts";
import type { GeneratedRows } from "./observation.ts";

/** `error`: a fault by itself. `declare`: right or wrong depends on what only the author knows. */
export type Answer = "error" | "declare";

export interface Finding {
  /** Words joined by dashes that distinguish this fault of the rule from its others; no value or name is among them. */
  readonly kind: string;
  /** The table, column, statement or file that it is about, as a reader names it. */
  readonly subject: string;
  readonly answer: Answer;
  /** What the rule expects, in one line. */
  readonly expected: string;
  /** What happened instead, in one line that names the table, the column, the statement and its line. */
  readonly got: string;
  /** Of the answer `declare`: the comment to paste, such as `-- plumbline: assume users: email IS NOT NULL`. */
  readonly declare?: string;
  /** One imperative sentence: how to fix the migration. */
  readonly hint?: string;
  /** The statement at fault; the script ends with it if it failed. */
  readonly failed?: Pick<AppliedStatement, "step" | "statement">;
  /** What the script sets before up. */
  readonly settings?: string;
  /** Otherwise a query without a semicolon that shows the fault in psql, after up. */
  readonly show?: string;
  /** Instead of both: the parts of the script after the rows. */
  readonly parts?: readonly ScriptPart[];
  readonly evidence?: Evidence;
  /** The rows that show it, if they are not those of the observation. */
  readonly rows?: GeneratedRows;
  /** True if rows that keep to the assumptions which are declared do not show it. */
  readonly isAssumedAway?: boolean;
}
