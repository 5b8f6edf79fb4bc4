/** Words a call, its result and what it changed (pure). */
import { isDeepStrictEqual } from "node:util";
import type { ObservedOrganization, PlayedCall } from "../database/play.ts";
import { callSql, literal } from "../database/sql.ts";
import { type Action, CREDIT_TYPES, type CreditCall } from "./model.ts";

export function consumptionDescription({ description, credits, type }: CreditCall & { kind: "consume" }): string {
  return description ?? `Consumed ${credits} ${type} credits`;
}

export function planIn(call: CreditCall): string | null {
  return call.kind === "allocate" ? call.plan : null;
}

/** The call, without its semicolon and `SELECT`. */
export function callText({ call }: PlayedCall): string {
  return callSql(call).slice("SELECT ".length, -1);
}

export function wantedText({ action, credits }: Action, call: CreditCall): string {
  const description =
    call.kind === "consume"
      ? literal(consumptionDescription(call))
      : planIn(call) === null
        ? "a description"
        : "a description that names the plan";

  return `${action}, ${credits} credits, ${description}`;
}

export function loggedText({ call, actions }: PlayedCall): string {
  const rows = actions.map(({ organization, action, credits, description }) => {
    const other = organization === call.organization ? "" : ` for ${organization ?? "NULL"}`;

    return `${action}${other}, ${credits ?? "NULL"} credits, description ${literal(description)}`;
  });

  return rows.length === 0 ? "it logs nothing" : `it logs ${rows.join("; and ")}`;
}

/** The result of a call; a function that returns void only succeeds. */
export function returnText({ call }: PlayedCall, returned: unknown): string {
  if (call.kind === "allocate") return "succeeds";

  return `returns ${typeof returned === "string" ? literal(returned) : String(returned).toUpperCase()}`;
}

/** `used 0 of 500 ai, …`: all eight numbers. */
export function formatNumbers({ allocated, used }: ObservedOrganization["numbers"]): string {
  const texts = CREDIT_TYPES.map((type) => `${used[type] ?? "NULL"} of ${allocated[type] ?? "NULL"} ${type}`);

  return `used ${texts.slice(0, -1).join(", ")} and ${texts.at(-1)} credits`;
}

export function changeText(before: ObservedOrganization, after: ObservedOrganization): string {
  const numbers = isDeepStrictEqual(before.numbers, after.numbers) ? [] : [formatNumbers(after.numbers)];
  const [was, is] = [before, after].map(({ rest, volatile }) => ({ ...rest, ...volatile }) as Record<string, unknown>);
  const changed = Object.keys(was ?? {}).filter((name) => !isDeepStrictEqual(was?.[name], is?.[name]));
  const texts = changed.map((name) => `${name} ${literal(is?.[name] as string | null)}`);

  return `now has ${[...texts, ...numbers].join(", ")}`;
}
