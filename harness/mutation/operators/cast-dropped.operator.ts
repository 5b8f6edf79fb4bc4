/** Removes a cast. One of a quoted constant stays: the constant finds its type without it. */
import { getChildren } from "../../release/syntax.ts";
import { type Operator, removed } from "../operator.ts";
import { findTokens } from "../sites.ts";

export const castDropped: Operator = {
  family: "expression",
  sentence: "A cast is missing",
  *mutate(subject) {
    for (const { node, fragment, token } of findTokens(subject, "TypeCast")) {
      const whole = fragment.span(node);
      const quoted = getChildren(node, "arg").some(({ fields }) => "sval" in fields || fields["isnull"] === true);
      if (token.text === "::" && whole !== undefined && !quoted) {
        yield removed({ start: token.start, end: whole.end });
      }
    }
  },
  examples: {
    "SELECT round(a)::INTEGER, b::NUMERIC(10, 2) || '';": [
      "SELECT round(a), b::NUMERIC(10, 2) || '';",
      "SELECT round(a)::INTEGER, b || '';",
    ],
    "SELECT 'public.t'::REGCLASS, a": [],
  },
};
