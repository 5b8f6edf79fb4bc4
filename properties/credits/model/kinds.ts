/** Names the kinds of failures that several properties share (pure). One fault of a function concerns all credit types. */
import type { SqlError } from "../../../harness/database/sql-error.ts";
import { nameSqlError } from "../../../harness/property/kind.ts";
import type { PlayedCall } from "../database/play.ts";
import { type Action, CREDIT_TYPES, type CreditType, type ExpectedError, type Numbers } from "./model.ts";

const TYPE_IN_NAME = new RegExp(`(?<=^|_)(?:${CREDIT_TYPES.join("|")})(?=_)`);

/** How a call failed: it names a constraint without its credit type, and says a lack of credits in the contract's word. */
export function nameCallError(error: SqlError): string {
  const [, constraint] = /constraint "([^"]+)"/.exec(error.message) ?? [];
  if (error.code.startsWith("23") && constraint !== undefined) {
    return `leaks ${constraint.replace(TYPE_IN_NAME, "type")}`;
  }

  return error.message.startsWith("Insufficient") ? "called a lack of credits" : nameSqlError(error);
}

type ObservedNumbers = Readonly<Record<keyof Numbers, Readonly<Record<CreditType, number | null>>>>;

/** What of the numbers of an organization is wrong; undefined where it is gone. */
export function nameWrongNumbers(wanted: Numbers, found: ObservedNumbers | undefined): string {
  if (found === undefined) return "organization is gone";
  const isWrong = (part: keyof Numbers) => CREDIT_TYPES.some((type) => found[part][type] !== wanted[part][type]);

  return isWrong("allocated") ? "wrong allocation" : "wrong use";
}

/** What a call that must be refused did instead. Zero, negative and NULL credits are three faults: a check may miss one. */
export function nameAcceptance({ call }: PlayedCall, { rule }: ExpectedError, returned: string): string {
  if (rule !== "C3" || call.kind !== "consume") return returned;
  const { credits } = call;

  return `${credits === null ? "NULL" : credits === 0 ? "zero" : "negative"} credits ${returned}`;
}

/** What is wrong with the log rows of a call. @param wanted undefined where it must log nothing */
export function nameWrongLog({ call, actions: [row, ...more] }: PlayedCall, wanted: Action | undefined): string {
  if (row === undefined) return "logs nothing";
  if (wanted === undefined) return "logs without effect";
  if (more.length > 0) return "logs more than one row";
  if (row.organization !== call.organization) return "logs another organization";
  if (row.action !== wanted.action || row.credits !== wanted.credits) return "logs another action";

  return row.description === null ? "logs no description" : "logs another description";
}
