/** Rules that say that sequences fit the columns that they fill. */
import { escapeLiteral } from "pg";
import type { Finding } from "./finding.ts";
import { quoteName } from "./model/names.ts";
import { type FilledColumn, isBehind, isTooNarrow, listFilledColumns } from "./model/sequence-positions.ts";
import type { MigrationObservation } from "./observation.ts";
import { rule } from "./rule.ts";

export const sequencesFollow = rule(
  "sequences.1",
  "a sequence is ahead of its column, and goes as far as the type of the column",
  {
    holds: ({ before, after }: MigrationObservation) => {
      const old = listFilledColumns(before);

      return listFilledColumns(after).flatMap((column) => {
        const previous = old.find((one) => isSame(one, column));
        const isNew = (isFaulty: (column: FilledColumn) => boolean): boolean =>
          isFaulty(column) && !(previous !== undefined && isFaulty(previous));

        return [
          ...(isNew(isBehind) ? [describeBehind(column)] : []),
          ...(isNew(isTooNarrow) ? [describeNarrow(column)] : []),
        ];
      });
    },
    isOfSchema: true,
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

function describeNarrow(column: FilledColumn): Finding {
  const { sequence, type } = column;
  const subject = formatSubject(column);
  const end = BigInt(sequence.increment) > 0n ? sequence.max : sequence.min;

  return {
    kind: "sequence-too-narrow",
    subject,
    answer: "error",
    expected: `${sequence.name} goes as far as the type ${type} of ${subject}`,
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
