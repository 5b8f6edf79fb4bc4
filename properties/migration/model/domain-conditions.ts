/** What a migration asks of the columns of domains (pure). */
import { type ColumnModel, type SchemaModel, type TypeModel, tableKey } from "../../../harness/rows/schema-model.ts";
import type { Assumption, TablePair } from "./assumption.ts";
import { nameTable } from "./condition-rows.ts";
import { assumeRows } from "./later-conditions.ts";
import { listPairs } from "./more-aims.ts";
import { quoteName } from "./names.ts";
import type { ColumnChanges } from "./rows-after.ts";
import { meetsDomain } from "./type-condition.ts";

/** A condition on one column, with what asks for it. */
export interface DomainCondition {
  readonly table: string;
  readonly column: string;
  readonly reason: string;
  /** Undefined where the value of the column is not known before the migration is applied. */
  readonly assumption: Assumption | undefined;
  /** True where no value of a row matters. */
  readonly isConstant: boolean;
}

/**
 * The checks and the NOT NULL that domains get, for each of their columns; PostgreSQL itself refuses them where an array or
 * a composite type has the domain (PostgreSQL manual, ALTER DOMAIN, Notes). Then the domains of columns that are added.
 */
export function findDomainConditions(
  schemas: TablePair["schemas"],
  changes: ColumnChanges,
): readonly DomainCondition[] {
  return listPairs(schemas).flatMap((pair) =>
    pair.after.isPartition && pair.before.isPartition
      ? []
      : pair.after.columns.flatMap((column) => {
          const old = pair.before.columns.find(({ number }) => number === column.number);

          return old === undefined
            ? askAdded(column, pair, changes)
            : old.type === column.type
              ? askOld(old, pair)
              : [];
        }),
  );
}

function askOld({ name, type }: ColumnModel, { before, schemas }: TablePair): readonly DomainCondition[] {
  return listDomains(type, schemas.after).flatMap((domain): readonly DomainCondition[] => {
    const old = schemas.before.types.get(domain.oid);
    if (old === undefined) return [];
    const checks = domain.validatedChecks.filter((check) => !old.validatedChecks.includes(check));
    const notNull = domain.notNull && !old.notNull;
    const condition = meetsDomain(quoteName(name), { notNull }, checks);
    if (condition === undefined) return [];
    const reason = `${[...(notNull ? ["NOT NULL"] : []), ...(checks.length > 0 ? ["a CHECK"] : [])].join(" and ")} of the domain ${domain.name} is added`;

    return [
      {
        table: tableKey(before),
        column: name,
        reason,
        assumption: { ...nameTable(before), condition },
        isConstant: false,
      },
    ];
  });
}

function askAdded(column: ColumnModel, pair: TablePair, changes: ColumnChanges): readonly DomainCondition[] {
  const table = tableKey(pair.before);
  const name = quoteName(column.name);

  return listDomains(column.type, pair.schemas.after).flatMap((domain): readonly DomainCondition[] => {
    const condition = meetsDomain(name, domain, domain.validatedChecks);
    if (condition === undefined) return [];
    const [base] = listDomains(column.type, pair.schemas.after).slice(-1);
    // The cast to the domain would raise an error, and not count the rows.
    const plain = { ...column, type: base?.base ?? "", typeName: base?.baseName ?? "" };
    const after = { ...pair.after, columns: pair.after.columns.map((one) => (one === column ? plain : one)) };
    const assumption = assumeRows(condition, { ...pair, after }, changes);
    const reason = `${column.name} is added, of the domain ${domain.name}`;

    return [{ table, column: column.name, reason, assumption, isConstant: column.generated === "" }];
  });
}

/** A domain, and those that it is made of. */
function listDomains(type: string, schema: SchemaModel): readonly TypeModel[] {
  const found = schema.types.get(type);

  return found?.kind === "d" ? [found, ...listDomains(found.base ?? "", schema)] : [];
}
