/** Rules that say that sequences fit the columns that they fill. */
import { escapeLiteral } from "pg";
import type { Finding } from "./finding.ts";
import { quoteName } from "./model/names.ts";
import { type FilledColumn, findRangeFault, isBehind, listFilledColumns } from "./model/sequence-positions.ts";
import type { MigrationObservation } from "./observation.ts";
import { rule } from "./rule.ts";

export const sequencesFollow = rule(
  "sequences.1",
  "a sequence is ahead of its column, and its range is that of the column",
  {
    holds: ({ before, after }: MigrationObservation) => {
      const old = listFilledColumns(before);

      return listFilledColumns(after).flatMap((column) => {
        const previous = old.find((one) => isSame(one, column));
        const isNewlyBehind = isBehind(column) && !(previous !== undefined && isBehind(previous));
        const range = findNewRangeFault(column, previous);

        return [
          ...(isNewlyBehind ? [describeBehind(column)] : []),
          ...(range === undefined ? [] : [describeRange(column, range)]),
        ];
      });
    },
    bad: {
      before: "CREATE TABLE plans (id serial PRIMARY KEY, title text NOT NULL);",
      up: `CREATE TABLE milestones (id serial PRIMARY KEY, title text NOT NULL);
INSERT INTO milestones (id, title) SELECT id, title FROM plans;`,
    },
    good: {
      before: "CREATE TABLE plans (id serial PRIMARY KEY, title text NOT NULL);",
      up: `CREATE TABLE milestones (id serial PRIMARY KEY, title text NOT NULL);
INSERT INTO milestones (id, title) SELECT id, title FROM plans;
SELECT setval('milestones_id_seq', coalesce(max(id), 0) + 1, false) FROM milestones;`,
    },
  },
);

function isSame(one: FilledColumn, other: FilledColumn): boolean {
  return one.sequence.oid === other.sequence.oid && one.table.oid === other.table.oid && one.number === other.number;
}

/** Of a column that is new, or whose type or sequence changed. */
function findNewRangeFault(
  column: FilledColumn,
  previous: FilledColumn | undefined,
): ReturnType<typeof findRangeFault> {
  const fault = findRangeFault(column);

  return previous !== undefined && findRangeFault(previous) === fault ? undefined : fault;
}

function describeBehind(column: FilledColumn): Finding {
  const { sequence, next, farthest, name } = column;
  const [table, subject] = [formatTable(column), formatSubject(column)];

  return {
    kind: "sequence-behind",
    subject,
    answer: "error",
    expected: `the next value of ${sequence.name} is beyond what ${subject} holds`,
    got: `${subject} holds ${farthest}, and ${sequence.name} gives ${next} next`,
    show: `SELECT last_value, is_called, (SELECT max(${quoteName(name)}) FROM ${table}) AS max FROM ${sequence.name}`,
    hint: `Set the sequence: SELECT setval(${escapeLiteral(sequence.name)}, coalesce(max(${quoteName(name)}), 0) + 1, false) FROM ${table}`,
    evidence: { shows: "text", present: [sequence.lastValue, String(farthest)] },
  };
}

function describeRange(column: FilledColumn, fault: "too-wide" | "too-narrow"): Finding {
  const { sequence, type } = column;
  const subject = formatSubject(column);
  const end = BigInt(sequence.increment) > 0n ? sequence.max : sequence.min;

  return {
    kind: `sequence-${fault}`,
    subject,
    answer: "error",
    expected: `${sequence.name} ends where the type ${type} of ${subject} does`,
    got: `${sequence.name} ends at ${end}`,
    show: `SELECT seqtypid::regtype, seqmin, seqmax FROM pg_sequence WHERE seqrelid = ${escapeLiteral(sequence.name)}::regclass`,
    hint: `Change the sequence with the column: ALTER SEQUENCE ${sequence.name} AS ${type}`,
    evidence: { shows: "text", present: [end] },
  };
}

function formatTable({ table: { schema, name } }: FilledColumn): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

function formatSubject({ table: { schema, name: table }, name }: FilledColumn): string {
  return `${schema}.${table}.${name}`;
}
