/** The programming interface: what properties and gates of a release import from `pg-plumbline`. */
export * as fc from "fast-check";
export { type Gate, gate } from "./bench/gate.ts";
export type { Catalog } from "./catalog/facts.ts";
export type { RowOptions, TableRows } from "./catalog/rows.ts";
export {
  type ColumnSource,
  type Configuration,
  defineConfig,
  type TableSource,
  type ToolCommand,
} from "./configuration/configuration.ts";
export type { Database, DatabaseProvider, Recipe } from "./database/database-provider.ts";
export type { Session, StatementResult } from "./database/session.ts";
export type { SqlError } from "./database/sql-error.ts";
export { HarnessError, Inconclusive } from "./errors.ts";
export {
  type CaseKind,
  checkEach,
  type Property,
  type PropertyDefinition,
  property,
  type Question,
  question,
} from "./property/property.ts";
export { RecordedDatabase } from "./property/recorded-database.ts";
export type { TestContext } from "./property/test-context.ts";
export type { QuestionResult, Violation } from "./property/verdict.ts";
export type { AppliedStatement } from "./release/apply.ts";
export type { Release, Statement, Step } from "./release/release.ts";
export type { ScriptPart } from "./release/script-part.ts";
export { MigrationContext } from "./suite/migration-context.ts";
export type { ContextFactory, TestResources } from "./suite/test-resources.ts";
