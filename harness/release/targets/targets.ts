/** Decides which tables, columns and objects the statements of a migration name (pure). */
import type { Catalog } from "../../catalog/build-catalog.ts";
import type { Parser } from "../parser.ts";
import type { Step } from "../release.ts";
import {
  type AssignedColumn,
  type Attribute,
  combineNamed,
  type DroppedKind,
  type NamedObjects,
  type WriteKind,
  type WrittenName,
} from "./named-objects.ts";
import { readStatement } from "./read-statement.ts";
import { scanBody } from "./scan-body.ts";

/** A table or another object by its schema, or a trigger, policy or column by its table. */
export interface ObjectName {
  readonly within: string;
  readonly name: string;
}

/**
 * What statements name: a name without a schema stands for every object of that name. Bodies of functions and DO blocks
 * are scanned, those of functions that the statements call included.
 */
export class Targets {
  readonly #named: NamedObjects;

  /** @param called the bodies of functions that were there before, by their names */
  constructor(parser: Parser, steps: readonly Step[], called: ReadonlyMap<string, readonly string[]>) {
    const statements = steps.flatMap((step) => step.statements).filter(({ kind }) => kind === "sql");
    const read = statements.flatMap(({ text }) => {
      const parsed = parser.parse(text);

      return "statements" in parsed ? parsed.statements.map(readStatement) : [];
    });
    this.#named = addBodies(combineNamed(read), called);
  }

  /** True where a statement may name anything: it is built from what only the server knows. */
  get isDynamic(): boolean {
    return this.#named.isDynamic;
  }

  /** True where a statement that only the server knows may write rows of any table, or alter it. */
  get writesUnknown(): boolean {
    return this.#named.writesUnknown;
  }

  /** Whether rows of any table are inserted, updated or deleted. */
  get writesRows(): boolean {
    return this.isDynamic || this.#named.written.length > 0;
  }

  /** Whether rows of the table are inserted, updated or deleted. */
  isWritten(table: ObjectName, as?: WriteKind): boolean {
    return this.#named.written.some(
      (written) => (as === undefined || written.as.includes(as)) && this.#matches(written.table, table),
    );
  }

  /** Whether values of the column are set; a column of any table where a body does not say of which. */
  isAssigned(table: ObjectName, column: string): boolean {
    return this.#isAssigned(table, column, () => true);
  }

  /** Whether values of the column are set to something else than themselves in another type. */
  isConverted(table: ObjectName, column: string): boolean {
    return this.#isAssigned(table, column, ({ isCast }) => isCast !== true);
  }

  #isAssigned(table: ObjectName, column: string, counts: (assigned: AssignedColumn) => boolean): boolean {
    return this.#named.assigned.some(
      (assigned) =>
        counts(assigned) &&
        (assigned.table === undefined || this.#matches(assigned.table, table)) &&
        (assigned.column === undefined || this.#isAlso(column, assigned.column)),
    );
  }

  /** Whether it is dropped by its own name. */
  isDropped(kind: DroppedKind, object: ObjectName): boolean {
    return this.#named.dropped.some((dropped) => dropped.kind === kind && this.#matches(dropped.object, object));
  }

  /** Whether an attribute of the object is set, to whatever value. */
  isSet(attribute: Attribute, object: ObjectName, of?: string, privilege?: string): boolean {
    return this.#named.settings.some(
      (setting) =>
        setting.attribute === attribute &&
        (setting.object === undefined || this.#matches(setting.object, object)) &&
        (setting.of === undefined || setting.of === of) &&
        (setting.privilege === undefined || setting.privilege === privilege),
    );
  }

  /** Whether CREATE OR REPLACE names it, which resets what it does not say of the object. */
  isReplaced(object: ObjectName): boolean {
    return this.#named.replaced.some((replaced) => this.#matches(replaced, object));
  }

  /** Whether values of the type print differently since its labels or attributes were changed. */
  isChangedType(type: string): boolean {
    return this.#named.changedTypes.some(({ name }) => type.split(/[^\p{L}\p{N}_$]+/u).some((word) => word === name));
  }

  #matches({ within, name }: WrittenName, object: ObjectName): boolean {
    return this.#isAlso(object.name, name) && (within === undefined || this.#isAlso(object.within, within));
  }

  /** Whether a name is another's, or becomes it while the statements run. */
  #isAlso(name: string, other: string): boolean {
    const names = new Set([name]);
    for (const one of names) {
      for (const { from, to } of this.#named.renamed) if (from === one) names.add(to);
    }

    return names.has(other);
  }
}

/** The bodies of a catalog's functions by their names. */
export function listBodies(catalog: Catalog): ReadonlyMap<string, readonly string[]> {
  const bodies = new Map<string, string[]>();
  for (const [object, { body }] of catalog) {
    const name = /^(?:function|procedure) .*?\.?"?([^".(]+)"?\(/.exec(object)?.[1];
    if (name !== undefined && body !== undefined) bodies.set(name, [...(bodies.get(name) ?? []), body]);
  }

  return bodies;
}

function addBodies(named: NamedObjects, called: ReadonlyMap<string, readonly string[]>): NamedObjects {
  const all = [named];
  const seen = new Set<string>();
  const pending = [...named.bodies, ...named.called.flatMap(({ name }) => called.get(name) ?? [])];

  for (let body = pending.pop(); body !== undefined; body = pending.pop()) {
    if (seen.has(body)) continue;
    seen.add(body);
    const scanned = combineNamed([scanBody(body)]);
    all.push(scanned);
    pending.push(...scanned.called.flatMap(({ name }) => called.get(name) ?? []));
  }

  return combineNamed(all);
}
