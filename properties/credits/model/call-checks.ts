/**
 * Holding a trace against the model, call by call (pure). Each call is judged from the state that it met, so a release
 * that breaks one rule early is not blamed for the others later.
 */
import { isDeepStrictEqual } from "node:util";
import type { SqlError } from "../../../harness/database/sql-error.ts";
import {
  type CallTrace,
  type LoggedAction,
  type ObservedOrganization,
  type PlayedCall,
  toModel,
} from "../database/play.ts";
import { callSql, LOG_SQL, literal, numbersSql } from "../database/sql.ts";
import {
  type Action,
  CREDIT_TYPES,
  type CreditCall,
  type ExpectedError,
  type ExpectedOutcome,
  expectedOutcome,
  normalizePlan,
  type Organization,
} from "./model.ts";

/** How a call broke a rule. */
export interface Mismatch {
  /** The index of the call; all before it are needed to show it. */
  readonly call: number;
  readonly expected: string;
  readonly got: string;
  /** The statement that shows it; where it is missing, the call itself. */
  readonly show?: string;
}

/** A call whose state the model knows, and what it should have come to. */
export interface CheckedCall {
  readonly step: PlayedCall;
  readonly expected: ExpectedOutcome;
  /** The organization that the call names, as it was before. */
  readonly organization: Organization | undefined;
}

/** A rule's view of one call: undefined where it has nothing to say against it. */
export type CallCheck = (judged: CheckedCall) => Omit<Mismatch, "call"> | undefined;

/** The first call of the trace that one of the judges faults. */
export function findMismatch(trace: CallTrace, judge: CallCheck): Mismatch | undefined {
  for (const [call, step] of trace.steps.entries()) {
    const met = step.before.find(({ id }) => id === step.call.organization);
    const organization = met === undefined ? undefined : toModel(met);

    // A number that is NULL is S1's business: the model has nothing to say about such an organization.
    if (met === undefined || organization !== undefined) {
      const fault = judge({ step, organization, expected: expectedOutcome(step.call, organization) });
      if (fault !== undefined) {
        return { call, ...fault };
      }
    }
  }

  return undefined;
}

/** Several views of one call, the first fault of which counts. */
export function allOf(...judges: CallCheck[]): CallCheck {
  return (judged) => {
    for (const judge of judges) {
      const fault = judge(judged);
      if (fault !== undefined) {
        return fault;
      }
    }

    return undefined;
  };
}

/** Judges only calls that must succeed, of one kind. */
export function ofSuccessful(kind: CreditCall["kind"], judge: CallCheck): CallCheck {
  return (judged) =>
    judged.step.call.kind === kind && !("refused" in judged.expected) ? judge(judged) : undefined;
}

/** What must succeed returns what the model says. */
export const returnsAsExpected: CallCheck = ({ step, expected }) => {
  if ("refused" in expected) {
    return undefined;
  }
  const wanted = (): string => `${callText(step)} ${returnText(step, expected.returns)}`;

  if (step.error !== undefined) {
    return { expected: wanted(), got: errorText(step.error) };
  }
  // A function that returns void gives null or an empty text, and neither means anything.
  const same = step.call.kind === "allocate" || step.returned === expected.returns;

  return same ? undefined : { expected: wanted(), got: `it ${returnText(step, step.returned)}` };
};

/** What must succeed makes the numbers of its organization what the model says. */
export const numbersAsExpected: CallCheck = ({ step, expected, organization }) => {
  if ("refused" in expected || organization === undefined || step.error !== undefined) {
    return undefined;
  }
  const wanted = expected.numbers ?? organization.numbers;
  const found = step.after.find(({ id }) => id === organization.id)?.numbers;

  return isDeepStrictEqual(found, wanted)
    ? undefined
    : {
        expected: `after ${callText(step)} the organization has ${formatNumbers(wanted)}`,
        got: found === undefined ? "the organization is gone" : `it has ${formatNumbers(found)}`,
        show: numbersSql(organization.id),
      };
};

/** Nothing changes but the numbers of the organization that the call names. */
export const nothingElseChanges: CallCheck = ({ step }) => {
  for (const was of step.before) {
    const is = step.after.find(({ id }) => id === was.id);
    const named = was.id === step.call.organization;
    const same = named ? isDeepStrictEqual(is?.rest, was.rest) : isDeepStrictEqual(is, was);

    if (!same) {
      return {
        expected: `${callText(step)} changes nothing ${named ? "but the numbers" : "of another organization"}`,
        got: `organization ${was.id} ${is === undefined ? "is gone" : changeText(was, is)}`,
        show: `SELECT * FROM organizations WHERE id = ${literal(was.id)};`,
      };
    }
  }

  return undefined;
};

/** What succeeds writes the one log row that the model says; what is refused or only asks writes none. */
export const logsAsExpected: CallCheck = ({ step, expected }) => {
  const wanted = "refused" in expected || step.error !== undefined ? undefined : expected.action;
  const [row, ...more] = step.actions;
  const fine =
    wanted === undefined
      ? row === undefined
      : row !== undefined && more.length === 0 && isExpectedAction(row, wanted, step.call);

  return fine
    ? undefined
    : {
        expected: `${callText(step)} logs ${wanted === undefined ? "nothing" : `one row: ${wantedText(wanted, step.call)}`}`,
        got: loggedText(step),
        show: LOG_SQL,
      };
};

/** What must be refused by one of the rules is refused, for the reason that the rule gives. */
export function refuses(...rules: string[]): CallCheck {
  return ({ step, expected }) => {
    if (!("refused" in expected) || !rules.includes(expected.refused.rule)) {
      return undefined;
    }
    const { message, messageStart, messageNever } = expected.refused;
    const wanted = (): string =>
      `${callText(step)} is refused${(message ?? messageStart) ? `: ${message ?? `${messageStart}…`}` : ""}`;
    if (step.error === undefined) {
      return { expected: wanted(), got: `it ${returnText(step, step.returned)}` };
    }

    return matchesError(expected.refused, step.error)
      ? undefined
      : {
          expected: messageNever === undefined ? wanted() : `${wanted()}, and not for a lack of credits`,
          got: errorText(step.error),
        };
  };
}

/** Whether a call was refused for the reason that the rule gives. */
export function matchesError(
  { message, messageStart, messageNever }: ExpectedError,
  refusal: SqlError,
): boolean {
  return (
    (message === undefined || (refusal.message === message && refusal.code === "P0001")) &&
    refusal.message.startsWith(messageStart ?? "") &&
    !(messageNever !== undefined && refusal.message.toLowerCase().includes(messageNever.toLowerCase()))
  );
}

/** No constraint violation (class 23) leaks out of a call that one of the rules refuses. */
export function refusedWithoutConstraint(...rules: string[]): CallCheck {
  return ({ step, expected }) =>
    "refused" in expected && rules.includes(expected.refused.rule) && step.error?.code.startsWith("23")
      ? {
          expected: `${callText(step)} is refused by the function's own check, not by a constraint`,
          got: errorText(step.error),
        }
      : undefined;
}

/** The call, without its semicolon and `SELECT`. */
function callText({ call }: PlayedCall): string {
  return callSql(call).slice("SELECT ".length, -1);
}

/** Whether a log row is the one that the call must write. */
export function isExpectedAction(row: Omit<LoggedAction, "id">, wanted: Action, call: CreditCall): boolean {
  return (
    row.action === wanted.action &&
    row.credits === wanted.credits &&
    row.organization === call.organization &&
    isDescribed(row, call)
  );
}

function isDescribed({ description }: Pick<LoggedAction, "description">, call: CreditCall): boolean {
  if (call.kind === "consume") {
    return description === (call.description ?? `Consumed ${call.credits} ${call.type} credits`);
  }
  const plan = call.kind === "allocate" ? normalizePlan(call.plan) : null;

  return description !== null && (plan === null || (normalizePlan(description) ?? "").includes(plan));
}

function wantedText({ action, credits }: Action, call: CreditCall): string {
  const description =
    call.kind === "consume"
      ? literal(call.description ?? `Consumed ${call.credits} ${call.type} credits`)
      : normalizePlan(call.kind === "allocate" ? call.plan : null) === null
        ? "a description"
        : "a description that names the plan";

  return `${action}, ${credits} credits, ${description}`;
}

function loggedText({ call, actions }: PlayedCall): string {
  const rows = actions.map(({ organization, action, credits, description }) => {
    const whose = organization === call.organization ? "" : ` for ${organization ?? "NULL"}`;

    return `${action}${whose}, ${credits ?? "NULL"} credits, description ${literal(description)}`;
  });

  return rows.length === 0 ? "it logs nothing" : `it logs ${rows.join("; and ")}`;
}

/** What a call came to; a function that returns void only succeeds. */
function returnText({ call }: PlayedCall, returned: unknown): string {
  if (call.kind === "allocate") {
    return "succeeds";
  }

  return `returns ${typeof returned === "string" ? literal(returned) : String(returned).toUpperCase()}`;
}

function errorText({ message, code }: SqlError): string {
  return `ERROR: ${message} (SQLSTATE ${code})`;
}

/** The eight numbers in words: `used 0 of 500 ai, …`. */
export function formatNumbers({ allocated, used }: ObservedOrganization["numbers"]): string {
  const texts = CREDIT_TYPES.map((type) => `${used[type] ?? "NULL"} of ${allocated[type] ?? "NULL"} ${type}`);

  return `used ${texts.slice(0, -1).join(", ")} and ${texts.at(-1)} credits`;
}

/** What is different now; nothing but the numbers where the rest is the same. */
function changeText(was: ObservedOrganization, is: ObservedOrganization): string {
  const changed = Object.keys(was.rest).filter((name) => !isDeepStrictEqual(was.rest[name], is.rest[name]));
  const numbers = isDeepStrictEqual(was.numbers, is.numbers) ? [] : [formatNumbers(is.numbers)];
  const texts = changed.map(
    (name) => `${COLUMN_OF[name] ?? name} ${literal(is.rest[name] as string | null)}`,
  );

  return `now has ${[...texts, ...numbers].join(", ")}`;
}

const COLUMN_OF: Readonly<Record<string, string>> = {
  planName: "plan_name",
  totalCredits: "total_credits",
  createdAt: "created_at",
};
