/** Other rows for those that the server rejected: its errors say what they lack (pure). */
import type { Dataset } from "./generate-row.ts";
import { generateRow, type Hints, type Row } from "./generate-row.ts";
import { findRoot } from "./insertion-order.ts";
import type { LoadedTable, RejectedRow } from "./load-rows.ts";
import type { Companion, Materializer } from "./materialize.ts";
import { hashSeed, randomFrom } from "./random-from.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import { nameColumns, tableKey } from "./schema-model.ts";

/** After so many rounds, rows are replaced only where the last round was of use: to the table, or to one that it needs. */
const ALWAYS = 2;

/** Replaces rejected rows, round after round. */
export class Replacements {
  readonly #plan: RowPlan;
  readonly #hints: Hints;
  readonly #materializer: Materializer;
  #round = 0;

  constructor(plan: RowPlan, materializer: Materializer, hints: Hints) {
    this.#plan = plan;
    this.#hints = hints;
    this.#materializer = materializer;
  }

  /** The rows of one more round; what the materializer knows is what the last one left. */
  next(loaded: readonly LoadedTable[]): Dataset {
    const rows: Record<string, Row[]> = {};
    const add = (key: string, more: readonly Row[]): void => {
      rows[key] = [...(rows[key] ?? []), ...more];
    };
    const useful = new Set(
      loaded.filter(({ accepted }) => accepted.length > 0).flatMap(({ of, first }) => [of.key, first?.of.key ?? ""]),
    );
    for (const { key, row } of this.#findMissing(loaded)) add(key, [row]);
    for (const { of: last, first, accepted, rejected } of loaded) {
      const of = first?.of ?? last;
      const isHopeless = !useful.has(of.key) && !of.links.some(({ parent }) => useful.has(parent));
      if (rejected.length === 0 || (this.#round >= ALWAYS && isHopeless)) continue;
      if (rejected.some(isDeferred)) this.#chooseCompanion(of, loaded);
      const isJudged = accepted.length === 0 && rejected.some(({ code }) => code === "P0001" || code === "23514");
      const picks = isJudged ? this.#addParents(of, rows) : {};
      add(
        of.key,
        rejected.map(({ index }) => this.#otherRow(of, `${this.#round} ${index}`, picks)),
      );
    }
    this.#round += 1;

    return rows;
  }

  /** New parents, where a condition on them may be the reason. */
  #addParents(of: TablePlan, rows: Record<string, Row[]>): Row["picks"] {
    const picks: Record<string, number> = {};
    for (const { name, parent, required } of of.links) {
      const found = this.#plan.byKey.get(parent);
      if (!required || parent === of.key || found === undefined || found.unfillable !== undefined) continue;
      const added = rows[parent] ?? [];
      rows[parent] = [...added, this.#ordinaryRow(found, `${this.#round} ${of.key} ${name}`)];
      picks[name] = this.#materializer.parents.of(parent).length + added.length;
    }

    return picks;
  }

  /** Every other round a row that is as simple as can be: what a trigger refuses may be what an optional value says. */
  #otherRow(of: TablePlan, seed: string, picks: Row["picks"]): Row {
    const ordinary = this.#ordinaryRow(of, seed, picks);
    if (this.#round % 2 === 0) return ordinary;
    const random = randomFrom(hashSeed(`${of.key} ${seed}`));
    const request = { plan: this.#plan, of, level: "simplest", random, hints: this.#hints } as const;
    // Not always the first way to satisfy each CHECK, which may be the one that a trigger refuses.
    const row = generateRow(request, ordinary.alternatives);

    return { ...row, picks: { ...row.picks, ...picks } };
  }

  /** A row without a NULL that no CHECK demands. */
  #ordinaryRow(of: TablePlan, seed: string, picks: Row["picks"] = {}): Row {
    const random = randomFrom(hashSeed(`${of.key} ${seed}`));
    const row = generateRow({ plan: this.#plan, of, level: "ordinary", random, hints: this.#hints, isComplete: true });

    return { ...row, picks: { ...row.picks, ...picks } };
  }

  /** Another child that may be what the end of the transaction wants, unless the present one is of use. */
  #chooseCompanion({ key, table }: TablePlan, loaded: readonly LoadedTable[]): void {
    const { companions } = this.#materializer;
    const present = companions.get(key);
    const isOfUse = loaded.some(
      ({ of, first, accepted }) => first?.of.key === key && of.key === present?.table && accepted.length > 0,
    );
    if (isOfUse) return;
    const candidates = this.#findCompanions(key, table);
    const at = candidates.findIndex((companion) => companion.table === present?.table);
    const next = candidates[(at + 1) % Math.max(candidates.length, 1)];
    if (next !== undefined) companions.set(key, next);
  }

  /** The children that deferred triggers name; all, if they name none. */
  #findCompanions(key: string, { triggers }: TablePlan["table"]): readonly Companion[] {
    const texts = triggers.filter(({ deferrable }) => deferrable).map(({ body, called }) => `${body} ${called}`);
    const words = new Set(
      texts
        .join(" ")
        .toLowerCase()
        .split(/[^\w$]+/),
    );
    const children = this.#plan.tables.flatMap((child) => {
      const link = child.links.find(({ parent, required, later }) => parent === key && required && !later);

      return link === undefined || child.unfillable !== undefined || child.key === key
        ? []
        : [{ table: child.key, link: link.name, isNamed: words.has(child.table.name.toLowerCase()) }];
    });
    const named = children.filter(({ isNamed }) => isNamed);

    return named.length > 0 ? named : children;
  }

  /** Rows to which triggers refer by a constant: as long as there is none with that key, all their rows are rejected. */
  #findMissing(loaded: readonly LoadedTable[]): readonly { readonly key: string; readonly row: Row }[] {
    const missing = new Map<string, { readonly key: string; readonly row: Row }>();
    for (const { of, rejected } of loaded) {
      for (const row of rejected) {
        const found = findMissingKey(this.#plan, of, row);
        if (found === undefined || found.parent.unfillable !== undefined) continue;
        const { parent, column, value } = found;
        const name = `${parent.key} ${column} ${value}`;
        const added = this.#ordinaryRow(parent, `${this.#round} ${name}`);
        missing.set(name, { key: parent.key, row: { ...added, fixed: { [column]: value } } });
      }
    }

    return [...missing.values()];
  }
}

/** True for what the end of the transaction rejects, and the statement did not. */
function isDeferred({ code, context }: RejectedRow): boolean {
  return code === "23000" || /^SQL statement "SET CONSTRAINTS ALL IMMEDIATE"$/m.test(context);
}

/** `Key (parent)=(14) is not present in table "kinds".` */
const MISSING_KEY = /^Key \("?[^",()]+"?\)=\((.+)\) is not present in table /s;

interface MissingKey {
  readonly parent: TablePlan;
  readonly column: string;
  readonly value: string;
}

/** The key that a row which a trigger inserts refers to; a row's own parent is another one the next time anyway. */
function findMissingKey({ schema, byKey }: RowPlan, of: TablePlan, row: RejectedRow): MissingKey | undefined {
  const { code, message, detail, constraint } = row;
  const value = code === "23503" ? MISSING_KEY.exec(detail)?.[1] : undefined;
  if (value === undefined) return undefined;
  const child = schema.tables.find(
    ({ name, foreignKeys }) =>
      message.includes(` "${name}" `) && foreignKeys.some((foreign) => foreign.name === constraint),
  );
  const key = child?.foreignKeys.find(({ name }) => name === constraint);
  const table =
    key === undefined ? undefined : findRoot(key.table, new Map(schema.tables.map((each) => [each.oid, each])));
  const parent = table === undefined ? undefined : byKey.get(tableKey(table));
  const [column] = parent === undefined || key === undefined ? [] : nameColumns(parent.table, key.references);

  return child === of.table || parent === undefined || column === undefined ? undefined : { parent, column, value };
}
