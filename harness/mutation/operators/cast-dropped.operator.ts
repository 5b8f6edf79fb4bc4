/**
 * A cast that is forgotten. One of a constant in quotes stays: without it the constant finds its type by itself.
 */

import { childrenIn } from "../../release/syntax.ts";
import { type Examples, operator, removed } from "../operator.ts";
import { nodesIn, tokenOf } from "../sites.ts";

export const castDropped = operator("cast-dropped", "expression", "A cast is forgotten", function* (subject) {
  for (const site of nodesIn(subject, "TypeCast")) {
    const token = tokenOf(site);
    const whole = site.fragment.span(site.node);
    const quoted = childrenIn(site.node, "arg").some(
      ({ fields }) => "sval" in fields || fields["isnull"] === true,
    );
    if (token?.text === "::" && whole !== undefined && !quoted) {
      yield removed({ start: token.start, end: whole.end });
    }
  }
});

export const examples: Examples = {
  makes: [
    {
      of: "SELECT round(a)::INTEGER, b::NUMERIC(10, 2) || '';",
      mutants: ["SELECT round(a), b::NUMERIC(10, 2) || '';", "SELECT round(a)::INTEGER, b || '';"],
    },
  ],
  leaves: ["SELECT 'public.t'::REGCLASS, a"],
};
