/** The user's tables as the statements of properties see them (pure). */
import type { RowPlan } from "../../../harness/rows/row-plan.ts";
import type { AccountRows } from "./account-rows.ts";
import type { CreditDomain } from "./domain.ts";
import { type Amounts, INTEGER_CAPACITY } from "./model.ts";

/** The types of columns as a definition names them, by name. */
export type ColumnTypes = ReadonlyMap<string, string>;

/** What the log's table asks for. */
export interface LogFacts {
  /** True where a sequence of their own numbers the rows. */
  readonly isNumbered: boolean;
  /** True where a row may give its number only by overriding it (GENERATED ALWAYS). */
  readonly isAlways: boolean;
  readonly mayLackOrganization: boolean;
  /** Columns besides the contract's that differ between any two rows: no release is accused of what they hold. */
  readonly volatile: readonly string[];
  /** The foreign keys to organizations. */
  readonly foreignKeys: readonly string[];
  /** Tables whose rows refer to organizations or log rows, to be emptied first. */
  readonly referring: readonly string[];
}

/** The eight columns of a release. */
export interface NumberColumns {
  /** A type that holds the numbers of them all. */
  readonly type: "integer" | "bigint" | "numeric";
  /** The largest whole number that each allocated column holds. */
  readonly capacity: Amounts;
}

/** What an application does to an organization: gives it another name or plan, changes what no rule is about, or deletes it. */
export type ApplicationWrite = "rename" | "replan" | "touch" | "delete";
/** The harness itself empties the tables between cases. */
export type Write = ApplicationWrite | "clear";

export interface CreditSchema {
  readonly domain: CreditDomain;
  /** The two tables with their schema, quoted: for statements that do not run on a new session's search_path. */
  readonly tables: { readonly organizations: string; readonly actions: string };
  /** The schema of organizations, quoted. */
  readonly namespace: string;
  readonly organizations: ColumnTypes;
  readonly actions: ColumnTypes;
  /**
   * Columns of organizations whose values come from the catalog: what a row needs besides the columns of the contract,
   * and names that must be unique.
   */
  readonly extra: readonly string[];
  readonly rows?: AccountRows;
  /** True where each INSERT has to say when an organization was created. */
  readonly requiresCreationTime: boolean;
  /**
   * Columns of organizations that the same INSERT fills differently each time: with a random value, or from a sequence,
   * which undoing the INSERT does not set back.
   */
  readonly counted: readonly string[];
  /**
   * Columns of organizations that the user's own triggers or generation expressions change when an UPDATE sets
   * `updated_at` alone, or a log row is inserted: no release is accused of what they change.
   */
  readonly volatile: readonly string[];
  /** Those of them that an UPDATE of one organization changes in others. */
  readonly spreading: readonly string[];
  /** What the user's own triggers and constraints refuse: no release is accused of that. */
  readonly refusedWrites: readonly Write[];
  /** Why sessions that write different organizations wait for each other, whatever the release; absent where they do not. */
  readonly entanglement?: string;
  /** The user's own functions, as the security rules list them: no release is accused of what they do. */
  readonly functions?: ReadonlySet<string>;
  /** Statements that turn off the user's own triggers whose functions have a search_path of their own. */
  readonly disablePathTriggers: readonly string[];
  readonly log: LogFacts;
  readonly numbers: NumberColumns;
  /** All tables, where the catalog could be read. */
  readonly plan?: RowPlan;
  /** True where the baseline comes with organizations or log rows, which no property counts. */
  readonly hasOwnRows: boolean;
  /** Why no organization can be inserted. */
  readonly refusal?: string;
}

/** The columns that the contract's statements use. */
export const ORGANIZATION_COLUMNS = ["id", "name", "plan_name", "total_credits", "status", "created_at", "updated_at"];
export const ACTION_COLUMNS = ["id", "organization_id", "action_type", "credits_consumed", "description", "created_at"];

/** A schema with no more than the contract asks for. */
export const PLAIN_SCHEMA: CreditSchema = {
  domain: {},
  tables: { organizations: "public.organizations", actions: "public.credit_actions" },
  namespace: "public",
  organizations: new Map([
    ["id", "uuid"],
    ["name", "text"],
    ["plan_name", "text"],
    ["total_credits", "integer"],
    ["status", "text"],
    ["created_at", "timestamp with time zone"],
    ["updated_at", "timestamp with time zone"],
  ]),
  actions: new Map([
    ["id", "bigint"],
    ["organization_id", "uuid"],
    ["action_type", "text"],
    ["credits_consumed", "integer"],
    ["description", "text"],
    ["created_at", "timestamp with time zone"],
  ]),
  extra: [],
  requiresCreationTime: false,
  counted: [],
  volatile: [],
  spreading: [],
  refusedWrites: [],
  disablePathTriggers: [],
  hasOwnRows: false,
  log: {
    isNumbered: true,
    isAlways: false,
    mayLackOrganization: true,
    volatile: [],
    foreignKeys: ["credit_actions_organization_id_fkey"],
    referring: [],
  },
  numbers: { type: "integer", capacity: INTEGER_CAPACITY },
};

/**
 * Orders log rows `a` of one transaction as they were written: without a sequence by the number of the command
 * (PostgreSQL manual, 5.6 System Columns).
 */
export function actionOrder({ log }: CreditSchema): string {
  return log.isNumbered ? "a.id" : "a.cmin::text::bigint";
}

/** The logged number of a row `a`, as an integer's text is: 60, and not 60.00. */
export function loggedCredits({ actions }: CreditSchema): string {
  const isNumeric = /^numeric\b/.test(actions.get("credits_consumed") ?? "");

  return isNumeric ? "trim_scale(a.credits_consumed)" : "a.credits_consumed";
}

/** A cast to the type of the column, where a text does not become one by itself. */
export function castTo(columns: ColumnTypes, name: string): string {
  const type = columns.get(name) ?? "text";

  return type === "text" ? "" : `::${type}`;
}
