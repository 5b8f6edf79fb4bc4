/** Rules S1 to S4: what the migration adds to the schema, and what it leaves alone. */
import { constant, constantFrom, integer, nat, oneof } from "fast-check";
import { property } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { formatSqlError } from "../../harness/security/unprivileged-role.ts";
import { errorEvidence } from "./database/evidence.ts";
import { nothingMissing, readCreditSnapshot, sameCatalog, sameRows } from "./database/snapshot.ts";
import { insertAccount, insertOrganizations, literal } from "./database/sql.ts";
import { creditTypes } from "./model/arbitraries.ts";
import { fullTable, minimalTable, tables } from "./model/baseline-tables.ts";
import { CREDIT_TYPES, INTEGER_MAX, INTEGER_MIN, sampleAccount, withAllocation } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

const sound = withAllocation(sampleAccount());

/** Checks that the write is rejected, by this constraint if one is given. */
async function rejected(context: CreditsContext, write: string, constraint?: string): Promise<Violation | undefined> {
  const session = await context.session();
  const { error } = await session.tryAndRollBack([insertOrganizations([sound], context.schema), write]);
  const right =
    error?.code.startsWith("23") === true && (constraint === undefined || error.message.includes(constraint));

  return right
    ? undefined
    : {
        expected: `the last statement is rejected by ${constraint ?? "a constraint"}`,
        got: error === undefined ? "it is accepted" : formatSqlError(error),
        script: context.script([sound], [], `${write};`),
        hint: "Add the constraint that rejects it, and validate it",
        evidence: error === undefined ? { shows: "rows", count: 1 } : errorEvidence(error),
      };
}

const columns = () => constantFrom("credits", "used_credits");
const excesses = () => oneof(constantFrom(1, 2), integer({ min: 1, max: 5000 }));

export const rejectsBadNumbers = property("S1", "the eight columns hold no NULL and no negative number", {
  given: {
    type: creditTypes(),
    column: columns(),
    value: oneof(constant(null), constantFrom(-1, INTEGER_MIN), integer({ min: INTEGER_MIN, max: -1 })),
    how: constantFrom("update", "insert"),
  },
  examples: CREDIT_TYPES.flatMap((type) =>
    (
      [
        ["credits", null],
        ["credits", -1],
        ["used_credits", null],
        ["used_credits", -1],
      ] as const
    ).map(([column, value]) => ({ type, column, value, how: "update" as const })),
  ),
  async holds({ type, column, value, how }, context: CreditsContext) {
    const name = `${type}_${column}`;
    const write =
      how === "update"
        ? `UPDATE organizations SET ${name} = ${literal(value)} WHERE id = ${literal(sound.id)}`
        : insertAccount(sampleAccount(1, { name: "Other" }), { [name]: value }, context.schema);

    const violation = await rejected(context, write);

    return violation && { ...violation, kind: `${name} accepts ${value === null ? "NULL" : "a negative number"}` };
  },
});

export const acceptsGoodNumbers = property("S1-sound", "numbers from 0 to what is allocated are accepted", {
  given: {
    type: creditTypes(),
    allocated: oneof(nat({ max: 9 }), nat({ max: INTEGER_MAX })),
    used: nat({ max: INTEGER_MAX }),
  },
  async holds({ type, allocated, used }, context: CreditsContext) {
    const write = `UPDATE organizations
SET ${type}_credits = ${allocated}, ${type}_used_credits = ${Math.min(used, allocated)}
WHERE id = ${literal(sound.id)}`;
    const { error } = await (await context.session()).tryAndRollBack([
      insertOrganizations([sound], context.schema),
      write,
    ]);

    return error === undefined
      ? undefined
      : {
          expected: "the last statement is accepted",
          got: formatSqlError(error),
          script: context.script([sound], [], `${write};`),
          evidence: errorEvidence(error),
        };
  },
});

export const limits = property("S2", "used never exceeds allocated: a named constraint rejects it", {
  given: { type: creditTypes(), allocated: nat({ max: 5000 }), excess: excesses() },
  examples: CREDIT_TYPES.map((type) => ({ type, allocated: 0, excess: 1 })),
  async holds({ type, allocated, excess }, context: CreditsContext) {
    const write = `UPDATE organizations
SET ${type}_credits = ${allocated}, ${type}_used_credits = ${allocated + excess}
WHERE id = ${literal(sound.id)}`;

    const violation = await rejected(context, write, `check_${type}_credits_limit`);

    return violation && { ...violation, kind: `${type} use above the allocation` };
  },
});

export const validated = property("S2-validated", "the four limits are validated constraints", {
  caseKind: "once",
  given: {},
  async holds(_, context: CreditsContext) {
    const show = "SELECT conname, convalidated FROM pg_constraint WHERE conname LIKE 'check\\_%\\_credits\\_limit'";
    const db = await context.migrated();
    const rows = await db.query(`${show} AND conrelid = 'organizations'::regclass`);
    const valid = rows.filter((row) => row["convalidated"] === "t");

    return valid.length === 4
      ? undefined
      : db.violation({
          expected: "four validated constraints, one for each type",
          got: `${valid.length} of ${rows.length} constraints are validated`,
          show: `${show} ORDER BY conname`,
          evidence: { shows: "rows", count: rows.length },
        });
  },
});

export const additive = property("S3", "migrating only adds: all that was there is unchanged", {
  caseKind: "migration",
  given: { table: tables() },
  examples: [{ table: fullTable() }],
  async holds({ table }, context: CreditsContext) {
    const db = await context.baseline(table);
    const before = await readCreditSnapshot(db, context.schema);
    await db.apply(context.release.lists.migrate);

    return (
      (await nothingMissing(db, before.catalog, "every object of the baseline is still as it was")) ??
      (await sameRows(db, before, "every value of the baseline is still there", { mayLog: true }))
    );
  },
});

export const repeatable = property("S4", "every step of migrating can be applied again", {
  caseKind: "migration",
  given: { table: tables(3), step: nat({ max: 99 }) },
  examples: [0, 1, 2, 3].map((step) => ({ table: minimalTable(), step })),
  async holds({ table, step }, context: CreditsContext) {
    const { migrate } = context.release.lists;
    const index = step % migrate.length;
    const db = await context.migrate(table, migrate.slice(0, index + 1));
    const before = await readCreditSnapshot(db, context.schema);
    const again = migrate.slice(index, index + 1);
    const path = again[0]?.path;

    const failed = db.findErrors(
      await db.apply(again),
      `${path} can be applied again`,
      "Make the statement repeatable",
    );
    if (failed.length > 0) return failed;

    return (
      (await sameCatalog(db, before.catalog, `${path} changes nothing in the catalog when it is applied again`)) ??
      (await sameRows(db, before, `${path} changes no row when it is applied again`, { mayLog: false }))
    );
  },
});
