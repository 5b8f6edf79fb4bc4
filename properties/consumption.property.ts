/** Rules C1 to C8: what `consume_specific_credits` uses, refuses, says and logs. */
import { type Arbitrary, constant, constantFrom, integer, oneof, record } from "fast-check";
import {
  type Asked,
  allocations,
  around,
  consumptions,
  histories,
  notPositive,
  questions,
  strangers,
  types,
  wrongTypes,
} from "./credits/arbitraries.ts";
import { history } from "./credits/history.ts";
import {
  all,
  type Fault,
  logsAsExpected,
  nothingElseChanges,
  numbersAsExpected,
  refuses,
  refusesByItself,
  returnsAsExpected,
  succeeding,
} from "./credits/judge.ts";
import { CREDIT_TYPES } from "./credits/model.ts";
import type { Trace } from "./credits/play.ts";

const anyNumber = () => oneof(around(), notPositive()) as Arbitrary<Asked>;

const ofWrongType = () =>
  record({
    kind: constant("consume" as const),
    organization: constantFrom<(number | "unknown" | null)[]>(0, 1, 2, "unknown", null),
    type: wrongTypes(),
    credits: anyNumber(),
  }) as ReturnType<typeof consumptions>;

const ofStrangers = () =>
  record({
    kind: constant("consume" as const),
    organization: strangers(),
    type: types(),
    credits: anyNumber(),
  }) as ReturnType<typeof consumptions>;

export const consumes = history(
  "C1",
  "a call for 1 to all available credits returns TRUE, uses exactly that, and nothing else changes",
  {
    calls: histories(consumptions(), consumptions(integer({ min: 1, max: 40 }))),
    judge: succeeding("consume", all(returnsAsExpected, numbersAsExpected, nothingElseChanges)),
  },
);

export const overdraw = history(
  "C2",
  "a call for more than is available is refused with the true numbers and changes nothing",
  {
    calls: histories(consumptions(), allocations()),
    judge: refuses("C2"),
  },
);

export const notPositiveCalls = history("C3", "zero, negative or NULL credits are refused", {
  calls: histories(consumptions(notPositive())),
  judge: refuses("C3"),
});

export const wrongType = history(
  "C4",
  "an unknown or NULL type is refused as such, whatever the number asked for",
  {
    calls: histories(ofWrongType()),
    judge: refuses("C4"),
  },
);

export const stranger = history(
  "C5",
  "an unknown or NULL organization is refused, and not for a lack of credits",
  {
    calls: histories(ofStrangers()),
    judge: refuses("C5"),
  },
);

export const ownRefusals = history(
  "C6",
  "what is wrong with a call is found by the function: no constraint violation leaks out",
  {
    calls: histories(consumptions(notPositive()), ofWrongType(), ofStrangers()),
    judge: refusesByItself("C3", "C4", "C5"),
  },
);

export const logged = history(
  "C7",
  "each consumption writes one log row with the credits and the description",
  {
    calls: histories(consumptions(), consumptions(integer({ min: 1, max: 40 }))),
    judge: succeeding("consume", logsAsExpected),
  },
);

export const conserved = history("C8", "used is the sum of what was logged as consumed, after any calls", {
  calls: histories(
    consumptions(),
    consumptions(anyNumber()),
    allocations(),
    questions(),
    ofWrongType(),
    ofStrangers(),
  ),
  judgeAll: conservation,
});

/** What was used at the beginning counts as logged: the organizations were made in the middle of their use. */
function conservation(trace: Trace): Fault | undefined {
  const last = trace.steps.at(-1)?.after ?? [];

  for (const { id, numbers } of last) {
    const start = trace.organizations.find((organization) => organization.id === id)?.numbers.used;
    for (const type of CREDIT_TYPES) {
      const rows = trace.log.filter(
        ({ organization, action }) => organization === id && action === `${type}_consumption`,
      );
      const logged = rows.reduce((sum, { credits }) => sum + (credits ?? 0), 0);
      const used = numbers.used[type];
      const grown = used === null ? null : used - (start?.[type] ?? 0);

      if (grown !== logged) {
        return {
          call: trace.calls.length - 1,
          expected: `${type} used of ${id} grows by the ${logged} that are logged`,
          got: grown === null ? "it is NULL" : `it grows by ${grown}`,
          show: `SELECT ${type}_used_credits, (SELECT coalesce(sum(credits_consumed), 0) FROM credit_actions
  WHERE organization_id = id AND action_type = '${type}_consumption') AS logged FROM organizations WHERE id = '${id}';`,
        };
      }
    }
  }

  return undefined;
}
