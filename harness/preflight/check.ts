/** What is asked of a real database, and its answers (pure data). */

/** A condition that the rows of a table must meet before a migration is applied. */
export interface PreflightCheck {
  /** As a comment names it: with its schema unless that is `public`. */
  readonly table: string;
  /** Qualified, as SQL names it. */
  readonly from: string;
  readonly condition: string;
  /** What asks for it, such as `email becomes NOT NULL` or `assumed in 2_emails.sql, line 1`. */
  readonly reason: string;
  /** False where the migration succeeds on generated rows that break it: it changes such rows, or does not check them. */
  readonly isRequired: boolean;
  /** True where the query counts nothing, and fails as the migration does where a row makes an expression fail. */
  readonly isEvaluated?: boolean;
  /** A query for one number: the rows that break it. Without a semicolon. */
  readonly count: string;
  /** A query for their values. Without a semicolon. */
  readonly values: string;
}

/** A way in which the migration fails on some rows that no query finds. */
export interface UnaskedFailure {
  /** A statement or an object. */
  readonly subject: string;
  readonly message: string;
}

export interface MigrationChecks {
  /** The name of the migration or release. */
  readonly migration: string;
  readonly checks: readonly PreflightCheck[];
  readonly unasked: readonly UnaskedFailure[];
}

/** Values as PostgreSQL's text. */
export interface BrokenValues {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Why a query was not answered, and what to do. */
export interface Refused {
  readonly problem: string;
  readonly remedy: string;
  /** The SQLSTATE of the error, where the value of a row raises it. */
  readonly raised?: string;
}

export interface CheckAnswer {
  readonly check: PreflightCheck;
  /** The rows that break it; undefined if the server did not answer, or if a row makes an evaluated expression fail. */
  readonly broken?: number;
  /** The SQLSTATE of the error that an evaluated expression raises. */
  readonly raised?: string;
  /** Some of their values, where they were asked for. */
  readonly values?: BrokenValues;
  readonly refused?: Refused;
}

export interface MigrationAnswers extends Pick<MigrationChecks, "migration" | "unasked"> {
  readonly answers: readonly CheckAnswer[];
}

/** What a query would cost. */
export interface CheckCost {
  readonly check: PreflightCheck;
  /** In the planner's unit. */
  readonly cost?: number;
  /** How it reads its tables, such as `Seq Scan on users`; `Nested Loop` where it compares rows in pairs. */
  readonly scans?: readonly string[];
  /** The size of the table, such as `65 MB`. */
  readonly size?: string;
  readonly refused?: Refused;
}

export interface MigrationCosts extends Pick<MigrationChecks, "migration"> {
  readonly costs: readonly CheckCost[];
}

/** The exit code: 1 if a required condition does not hold, 2 if one is not known or not asked, 0 if all hold. */
export function getPreflightCode(migrations: readonly MigrationAnswers[]): number {
  const answers = migrations.flatMap((migration) => migration.answers).filter(({ check }) => check.isRequired);
  if (answers.some(isBroken)) return 1;
  const isUnknown = answers.some(({ broken, raised }) => broken === undefined && raised === undefined);

  return isUnknown || migrations.some(({ unasked }) => unasked.length > 0) ? 2 : 0;
}

export function isBroken({ broken = 0, raised }: CheckAnswer): boolean {
  return broken > 0 || raised !== undefined;
}
