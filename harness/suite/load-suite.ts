/**
 * Loads a suite: all that the `*.property.ts` files of a folder export, and its `world.ts`. A new property is one new
 * file and no edit elsewhere.
 */
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CONFIGURATION_FILE, loadConfiguration } from "../configuration/load-configuration.ts";
import { HarnessError } from "../errors.ts";
import { codePath } from "../files/installation.ts";
import { loadModule, loadModules } from "../files/load-module.ts";
import type { Property, Question } from "../property/property.ts";
import { compareIds } from "../property/rule-order.ts";
import type { Release } from "../release/release.ts";
import { openMigrationContext } from "./migration-context.ts";
import type { ContextFactory } from "./test-resources.ts";

/** The properties of a folder. Its context factory makes the contexts that they take, which only the folder knows. */
export interface Suite {
  /** Sorted by rule. */
  readonly properties: readonly Property[];
  readonly questions: readonly Question[];
  readonly openContext: ContextFactory;
  /** The new ids of properties that were renamed, by their old ids. */
  readonly renamed: Readonly<Record<string, string>>;
}

/** Suites that come with the program, by the names that `release.json` uses. */
const INCLUDED: Readonly<Record<string, string>> = { "pg-plumbline/credits": "properties/credits" };

/** The rules of any migration, which are checked on every release. */
const GENERAL_RULES = "properties/migration";

/**
 * Loads the suite of a release: the rules of any migration, and its own properties if `release.json` or the nearest
 * configuration names some. The contexts of both get that configuration.
 * @throws HarnessError if the properties or the configuration cannot be loaded
 */
export async function loadReleaseSuite(release: Release): Promise<Suite> {
  const rules = await loadSuite(codePath(GENERAL_RULES));
  const own = await loadOwnSuite(release);

  return await withConfiguration(release, own === undefined ? rules : joinSuites(own, rules, release));
}

/**
 * Loads what mutants of a release are tried on: its own properties, or else the rules of any migration.
 * @throws HarnessError as loadReleaseSuite does
 */
export async function loadMutationSuite(release: Release): Promise<Suite> {
  return await withConfiguration(release, (await loadOwnSuite(release)) ?? (await loadSuite(codePath(GENERAL_RULES))));
}

/** The properties that `release.json` names, or else the nearest configuration. */
async function loadOwnSuite({ folder, properties }: Release): Promise<Suite | undefined> {
  if (properties !== undefined) return await loadNamedSuite(join(folder, "release.json"), properties);
  const { folder: above, configuration } = await loadConfiguration(folder);
  if (configuration.properties === undefined) return undefined;

  return await loadNamedSuite(join(above, CONFIGURATION_FILE), configuration.properties);
}

async function withConfiguration({ folder }: Release, suite: Suite): Promise<Suite> {
  const configuration = await loadConfiguration(folder);

  return { ...suite, openContext: (resources, checked) => suite.openContext({ configuration, ...resources }, checked) };
}

/** Each property gets a context of the suite that it comes from. */
function joinSuites(own: Suite, rules: Suite, { folder }: Release): Suite {
  const general = new Set<Property | Question>([...rules.properties, ...rules.questions]);
  const properties = [...own.properties, ...rules.properties].toSorted((one, other) => compareIds(one.id, other.id));
  requireUnique(
    properties.map(({ id }) => id),
    folder,
  );

  return {
    properties,
    questions: [...own.questions, ...rules.questions].toSorted((one, other) => compareIds(one.id, other.id)),
    openContext: (resources, checked) =>
      (checked !== undefined && general.has(checked) ? rules : own).openContext(resources, checked),
    renamed: { ...rules.renamed, ...own.renamed },
  };
}

/** @param file the one that names them: their path is relative to its folder */
async function loadNamedSuite(file: string, properties: string): Promise<Suite> {
  const included = INCLUDED[properties];
  if (included !== undefined) return await loadSuite(codePath(included));
  const path = resolve(dirname(file), properties);
  if (properties.startsWith("pg-plumbline/") || statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new HarnessError(
      `${file}: there are no properties in ${properties}`,
      `Name a folder of *.property.ts files, or ${Object.keys(INCLUDED).join(", ")}`,
    );
  }
  const suite = await loadSuite(path);
  if (suite.properties.length === 0) {
    throw new HarnessError(
      `${path}: no *.property.ts file there exports a property`,
      'Write one: import { property } from "pg-plumbline"; export const first = property(…)',
    );
  }

  return suite;
}

/**
 * Loads the suite of a folder. Its `world.ts` exports `openContext` and, if properties were renamed, `renamed`; without
 * it, properties work with a `MigrationContext`.
 * @throws HarnessError if a file cannot be loaded, or if two properties have the same id
 */
export async function loadSuite(folder: string): Promise<Suite> {
  const modules = await loadModules(folder, "property");
  const exported = modules.flatMap((module) => Object.values(module.exported));
  const properties = exported.filter((value) => isKind<Property>(value, "property"));
  const questions = exported.filter((value) => isKind<Question>(value, "question"));
  requireUnique(
    [...properties, ...questions].map(({ id }) => id),
    folder,
  );

  return {
    properties: properties.toSorted((one, other) => compareIds(one.id, other.id)),
    questions: questions.toSorted((one, other) => compareIds(one.id, other.id)),
    openContext: openMigrationContext,
    renamed: {},
    ...(await loadWorld(folder)),
  };
}

async function loadWorld(folder: string): Promise<Partial<Pick<Suite, "openContext" | "renamed">>> {
  const file = ["world.ts", "world.js"].map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file === undefined) return {};
  const { openContext, renamed } = (await loadModule(file)) as Partial<Pick<Suite, "openContext" | "renamed">>;

  return { ...(openContext && { openContext }), ...(renamed && { renamed }) };
}

function isKind<Kind extends { readonly kind: string }>(value: unknown, kind: Kind["kind"]): value is Kind {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

function requireUnique(ids: readonly string[], folder: string): void {
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated === undefined) return;

  throw new HarnessError(`${folder}: two properties have the id ${repeated}`, "Give one of them another id");
}
