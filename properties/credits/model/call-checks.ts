/**
 * Compares a trace with the model, call by call (pure). Each call is predicted from the state that it found, so a
 * release that breaks a rule early is not blamed for later calls.
 */
import { isDeepStrictEqual } from "node:util";
import type { SqlError } from "../../../harness/database/sql-error.ts";
import type { Evidence, Violation } from "../../../harness/property/verdict.ts";
import { formatSqlError } from "../../../harness/security/unprivileged-role.ts";
import { errorEvidence, textEvidence, valueEvidence } from "../database/evidence.ts";
import {
  type CallTrace,
  type LoggedAction,
  type ObservedOrganization,
  type PlayedCall,
  toModel,
} from "../database/play.ts";
import { LOG_SQL, literal, numbersSql } from "../database/sql.ts";
import {
  callText,
  changeText,
  consumptionDescription,
  formatNumbers,
  loggedText,
  planIn,
  returnText,
  wantedText,
} from "./call-text.ts";
import { nameAcceptance, nameCallError, nameWrongLog, nameWrongNumbers } from "./kinds.ts";
import {
  type Action,
  type CreditCall,
  type ExpectedError,
  type ExpectedOutcome,
  expectedOutcome,
  type Organization,
  trimSpaces,
} from "./model.ts";

/** How a call broke a rule. */
export interface Deviation extends Pick<Violation, "kind" | "expected" | "got" | "evidence"> {
  /** The statement that shows it; by default the call itself. */
  readonly show?: string;
}

export interface Mismatch extends Deviation {
  /** The index of the call; all calls before it are needed to reproduce it. */
  readonly call: number;
}

export interface CheckedCall {
  readonly step: PlayedCall;
  readonly expected: ExpectedOutcome;
  /** The organization that the call names, before the call. */
  readonly organization: Organization | undefined;
}

export type CallCheck = (checked: CheckedCall) => Deviation | undefined;

/** The first call of the trace that fails the check, for each kind. */
export function findMismatches(trace: CallTrace, check: CallCheck): readonly Mismatch[] {
  const mismatches = new Map<string | undefined, Mismatch>();
  for (const [call, step] of trace.steps.entries()) {
    const found = step.before.find(({ id }) => id === step.call.organization);
    const organization = found === undefined ? undefined : toModel(found);

    // A NULL number is for rule S1: the model has no state for such an organization.
    if (found === undefined || organization !== undefined) {
      const deviation = check({
        step,
        organization,
        expected: expectedOutcome(step.call, organization, trace.capacity),
      });
      if (deviation !== undefined && !mismatches.has(deviation.kind)) {
        mismatches.set(deviation.kind, { call, ...deviation });
      }
    }
  }

  return [...mismatches.values()];
}

/** Several checks of one call; the first deviation counts. */
export function allOf(...checks: CallCheck[]): CallCheck {
  return (checked) => {
    for (const check of checks) {
      const deviation = check(checked);
      if (deviation !== undefined) return deviation;
    }

    return undefined;
  };
}

/** Checks only calls of one kind that must succeed. */
export function ofSuccessful(kind: CreditCall["kind"], check: CallCheck): CallCheck {
  return (checked) =>
    checked.step.call.kind === kind && !("refused" in checked.expected) ? check(checked) : undefined;
}

/** A call that must succeed returns what the model says. */
export const returnsAsExpected: CallCheck = ({ step, expected }) => {
  if ("refused" in expected) return undefined;
  const { error, returned, call } = step;
  const wanted = `${callText(step)} ${returnText(step, expected.returns)}`;

  if (error !== undefined) return { expected: wanted, ...gotError(error) };
  // A function that returns void yields NULL or an empty text.
  return call.kind === "allocate" || returned === expected.returns
    ? undefined
    : {
        kind: "wrong result",
        expected: wanted,
        got: `it ${returnText(step, returned)}`,
        evidence: valueEvidence(returned),
      };
};

/** A call that must succeed makes the numbers of its organization what the model says. */
export const numbersAsExpected: CallCheck = ({ step, expected, organization }) => {
  if ("refused" in expected || organization === undefined || step.error !== undefined) return undefined;
  const wanted = expected.numbers ?? organization.numbers;
  const found = step.after.find(({ id }) => id === organization.id)?.numbers;

  return isDeepStrictEqual(found, wanted)
    ? undefined
    : {
        kind: nameWrongNumbers(wanted, found),
        expected: `after ${callText(step)} the organization has ${formatNumbers(wanted)}`,
        ...gotNumbers(organization.id, found),
      };
};

/**
 * Only the numbers of the organization that the call names change, and what the user's own triggers change where the call
 * may update the row: a consumption may set updated_at of any organization (rule C1), an allocation only of its own
 * (rule A5), and a question of none.
 */
export const nothingElseChanges: CallCheck = ({ step }) => {
  const { call } = step;
  for (const before of step.before) {
    const after = step.after.find(({ id }) => id === before.id);
    const named = before.id === call.organization;
    const mayUpdate = call.kind === "consume" || (call.kind === "allocate" && named);
    const same =
      isDeepStrictEqual(after?.rest, before.rest) &&
      (named || isDeepStrictEqual(after?.numbers, before.numbers)) &&
      (mayUpdate || isDeepStrictEqual(after?.volatile, before.volatile));

    if (!same) {
      return {
        kind:
          after === undefined ? "organization is gone" : `changes ${named ? "other columns" : "another organization"}`,
        expected: `${callText(step)} changes nothing ${named ? "but the numbers" : "of another organization"}`,
        got: `organization ${before.id} ${after === undefined ? "is gone" : changeText(before, after)}`,
        show: `SELECT * FROM organizations WHERE id = ${literal(before.id)};`,
        evidence: after === undefined ? { shows: "rows", count: 0 } : textEvidence([before.id]),
      };
    }
  }

  return undefined;
};

/** A success writes the one log row that the model says; an error or a query writes none. */
export const logsAsExpected: CallCheck = ({ step, expected }) => {
  const wanted = "refused" in expected || step.error !== undefined ? undefined : expected.action;
  const [row, ...more] = step.actions;
  const right =
    wanted === undefined
      ? row === undefined
      : row !== undefined && more.length === 0 && isExpectedAction(row, wanted, step.call, step.namesPlan);

  return right
    ? undefined
    : {
        kind: nameWrongLog(step, wanted),
        expected: `${callText(step)} logs ${wanted === undefined ? "nothing" : `one row: ${wantedText(wanted, step.call)}`}`,
        got: loggedText(step),
        show: LOG_SQL,
        evidence: textEvidence(
          step.actions.flatMap(({ action, credits, description }) => [action, credits, description && undefined]),
        ),
      };
};

/** A call that one of the rules refuses raises an error with the message that the rule gives. */
export function refuses(...rules: string[]): CallCheck {
  return ({ step, expected }) => {
    if (!("refused" in expected) || !rules.includes(expected.refused.rule)) return undefined;
    const { message, messageStart, messageNever } = expected.refused;
    const reason = message ?? (messageStart === undefined ? undefined : `${messageStart}…`);
    const wanted = `${callText(step)} is refused${reason === undefined ? "" : `: ${reason}`}`;
    if (step.error === undefined) {
      const evidence: Evidence =
        step.call.kind === "allocate" ? { shows: "rows", count: 1 } : valueEvidence(step.returned);
      const got = returnText(step, step.returned);
      return { kind: nameAcceptance(step, expected.refused, got), expected: wanted, got: `it ${got}`, evidence };
    }

    return matchesError(expected.refused, step.error)
      ? undefined
      : {
          expected: messageNever === undefined ? wanted : `${wanted}, and not for a lack of credits`,
          ...gotError(step.error),
        };
  };
}

/** Whether an error has the message that the rule gives. */
export function matchesError({ message, messageStart, messageNever }: ExpectedError, error: SqlError): boolean {
  return (
    (message === undefined || (error.message === message && error.code === "P0001")) &&
    error.message.startsWith(messageStart ?? "") &&
    !(messageNever !== undefined && error.message.toLowerCase().includes(messageNever.toLowerCase()))
  );
}

/** No constraint violation (class 23) leaks out of a call that one of the rules refuses. */
export function refusedWithoutConstraint(...rules: string[]): CallCheck {
  return ({ step, expected }) =>
    "refused" in expected && rules.includes(expected.refused.rule) && step.error?.code.startsWith("23")
      ? {
          expected: `${callText(step)} is refused by the function's own check, not by a constraint`,
          ...gotError(step.error),
        }
      : undefined;
}

/**
 * Whether a log row is the one that the call must write.
 * @param namesPlan whether its description names the plan of an allocation, as the database folds case (rule A6); left
 * out, only a plan that it has letter by letter counts
 */
export function isExpectedAction(
  row: Omit<LoggedAction, "id">,
  wanted: Action,
  call: CreditCall,
  namesPlan?: boolean,
): boolean {
  return (
    row.action === wanted.action &&
    row.credits === wanted.credits &&
    row.organization === call.organization &&
    isExpectedDescription(row.description, call, namesPlan)
  );
}

function isExpectedDescription(description: string | null, call: CreditCall, namesPlan?: boolean): boolean {
  if (call.kind === "consume") return description === consumptionDescription(call);
  const plan = planIn(call);

  return description !== null && (plan === null || (namesPlan ?? description.includes(trimSpaces(plan))));
}

function gotError(error: SqlError): Pick<Deviation, "kind" | "got" | "evidence"> {
  return { kind: nameCallError(error), got: formatSqlError(error), evidence: errorEvidence(error) };
}

/** The numbers of an organization as they are, undefined where it is gone. */
export function gotNumbers(
  id: string,
  numbers: ObservedOrganization["numbers"] | undefined,
): Omit<Deviation, "expected"> {
  return {
    got: numbers === undefined ? "the organization is gone" : `it has ${formatNumbers(numbers)}`,
    show: numbersSql(id),
    evidence:
      numbers === undefined
        ? { shows: "rows", count: 0 }
        : textEvidence([...Object.values(numbers.allocated), ...Object.values(numbers.used)]),
  };
}
