/**
 * Formats an isolation spec (pure), for PostgreSQL's isolation tester and for parse-spec.ts.
 */
import { HarnessError } from "../errors.ts";
import { type ScheduleSession, stepName, type Transcript } from "./schedule.ts";
import type { Blocker, PermutationStep, Spec, SpecSession } from "./spec.ts";

/**
 * The text of a spec.
 * @param remarks lines of the comment at its beginning
 * @throws HarnessError where SQL has a closing brace, or a name a line break: the format cannot express them
 */
export function formatSpec(spec: Spec, remarks: readonly string[] = []): string {
  const blocks = [
    ...spec.setup.map((sql) => `setup\n${brace(sql)}`),
    ...(spec.teardown === undefined ? [] : [`teardown\n${brace(spec.teardown)}`]),
    ...spec.sessions.map(formatSession),
    ...spec.permutations.map((steps) => `permutation ${steps.map(formatPermutationStep).join(" ")}`),
  ];
  const comment = remarks.flatMap((remark) => remark.split(/[\r\n]+/)).map((line) => `# ${line}`.trimEnd());

  return `${[...(comment.length === 0 ? [] : [comment.join("\n")]), ...blocks].join("\n\n")}\n`;
}

/** The spec of a schedule in the order of a transcript. The name of a step begins with its session. */
export function buildSpec(
  sessions: readonly ScheduleSession[],
  { events }: Transcript,
  setupAndTeardown: Pick<Spec, "setup" | "teardown">,
): Spec {
  const sent = events.filter(({ kind }) => kind !== "resumes");

  return {
    ...setupAndTeardown,
    sessions: sessions
      .filter(({ session }) => sent.some((event) => event.session === session))
      .map(({ session, steps }) => ({
        name: session,
        steps: steps.map((step) => ({ name: stepName({ session, step }), sql: step.sql })),
      })),
    permutations: [sent.map((event) => ({ step: stepName(event), blockers: [] }))],
  };
}

function formatSession({ name, setup, steps, teardown }: SpecSession): string {
  return [
    `session ${quote(name)}`,
    ...(setup === undefined ? [] : [`setup ${brace(setup)}`]),
    ...steps.map((step) => `step ${quote(step.name)} ${brace(step.sql)}`),
    ...(teardown === undefined ? [] : [`teardown ${brace(teardown)}`]),
  ].join("\n");
}

function formatPermutationStep({ step, blockers }: PermutationStep): string {
  return `${quote(step)}${blockers.length === 0 ? "" : `(${blockers.map(formatBlocker).join(", ")})`}`;
}

function formatBlocker(blocker: Blocker): string {
  switch (blocker.kind) {
    case "next":
      return "*";
    case "step":
      return quote(blocker.step);
    case "notices":
      return `${quote(blocker.step)} notices ${blocker.count}`;
  }
}

function brace(sql: string): string {
  if (sql.includes("}")) {
    throw new HarnessError(
      `An isolation spec cannot express SQL with a closing brace: ${sql.trim().split("\n", 1)[0]}`,
      "Write the brace in another way, such as chr(125)",
    );
  }

  return `{ ${sql} }`;
}

function quote(name: string): string {
  if (name.includes("\n")) {
    throw new HarnessError("An isolation spec cannot express a name of two lines", "Give the step a shorter name");
  }

  return `"${name.replaceAll('"', '""')}"`;
}
