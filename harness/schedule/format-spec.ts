/**
 * Writing an isolation spec (pure): what comes out is read by PostgreSQL's isolation tester and by parse-spec.ts alike.
 */
import { HarnessError } from "../errors.ts";
import { nameOf, type Part, type Transcript } from "./schedule.ts";
import type { Blocker, PermutationStep, Spec, SpecSession } from "./spec.ts";

/**
 * The text of a spec.
 * @param remarks lines of a comment at its beginning
 * @throws HarnessError where SQL has a closing brace, or a name a line break: the format cannot hold them
 */
export function formatSpec(spec: Spec, remarks: readonly string[] = []): string {
  const blocks = [
    ...spec.setup.map((sql) => `setup\n${braced(sql)}`),
    ...(spec.teardown === undefined ? [] : [`teardown\n${braced(spec.teardown)}`]),
    ...spec.sessions.map(sessionText),
    ...spec.permutations.map((steps) => `permutation ${steps.map(permutationStepText).join(" ")}`),
  ];
  const comment = remarks.flatMap((remark) => remark.split(/[\r\n]+/)).map((line) => `# ${line}`.trimEnd());

  return `${[...(comment.length === 0 ? [] : [comment.join("\n")]), ...blocks].join("\n\n")}\n`;
}

/** What is around the sessions of a schedule that becomes a spec. */
export type Surroundings = Pick<Spec, "setup" | "teardown">;

/** A schedule in the order in which the transcript has it. A step is named with its session. */
export function specOf(parts: readonly Part[], { events }: Transcript, surroundings: Surroundings): Spec {
  const sent = events.filter(({ kind }) => kind !== "resumes");

  return {
    ...surroundings,
    sessions: parts
      .filter(({ session }) => sent.some((event) => event.session === session))
      .map(({ session, steps }) => ({
        name: session,
        steps: steps.map((step) => ({ name: nameOf({ session, step }), sql: step.sql })),
      })),
    permutations: [sent.map((event) => ({ step: nameOf(event), blockers: [] }))],
  };
}

function sessionText({ name, setup, steps, teardown }: SpecSession): string {
  return [
    `session ${quoted(name)}`,
    ...(setup === undefined ? [] : [`setup ${braced(setup)}`]),
    ...steps.map((step) => `step ${quoted(step.name)} ${braced(step.sql)}`),
    ...(teardown === undefined ? [] : [`teardown ${braced(teardown)}`]),
  ].join("\n");
}

function permutationStepText({ step, blockers }: PermutationStep): string {
  return `${quoted(step)}${blockers.length === 0 ? "" : `(${blockers.map(blockerText).join(", ")})`}`;
}

function blockerText(blocker: Blocker): string {
  switch (blocker.kind) {
    case "next":
      return "*";
    case "step":
      return quoted(blocker.step);
    case "notices":
      return `${quoted(blocker.step)} notices ${blocker.count}`;
  }
}

function braced(sql: string): string {
  if (sql.includes("}")) {
    throw new HarnessError(
      `An isolation spec cannot hold SQL with a closing brace: ${sql.trim().split("\n", 1)[0]}`,
      "Write the brace another way, as chr(125) for one",
    );
  }

  return `{ ${sql} }`;
}

function quoted(name: string): string {
  if (name.includes("\n")) {
    throw new HarnessError(
      "An isolation spec cannot hold a name of two lines",
      "Give the step a shorter name",
    );
  }

  return `"${name.replaceAll('"', '""')}"`;
}
