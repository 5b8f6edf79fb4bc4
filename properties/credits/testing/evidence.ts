/**
 * Whether what psql said shows what a violation tells (pure). It knows the forms in which the properties tell what they
 * got; a form that it does not know is a question for whoever wrote it, so it is no evidence either way.
 */
import type { Said } from "./psql.ts";

type Witness = (said: Said, ...parts: string[]) => boolean;

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Each form with how it is seen; the first that fits counts. */
const FORMS: readonly (readonly [form: RegExp, seen: Witness])[] = [
  [
    /^it says (.*)$/s,
    (said, texts = "") => quoted(said, texts) && warnings(said) === count(texts, "WARNING "),
  ],
  [/^(?:NOTICE|WARNING) (".*")$/s, quoted],
  [/^no test fails(?:; they say (.*))?$/s, (said, texts = "") => quoted(said, texts) && !complains(said)],
  [/ERROR: (.*) \(SQLSTATE \w{5}\)/s, (said, text = "") => errors(said).includes(text)],
  [/^it is accepted$/, (said) => has(said, /^(UPDATE|INSERT 0) 1$/m) && errors(said).length === 0],
  [/^it succeeds$/, (said) => has(said, /^\(1 row\)$/m) && errors(said).length === 0],
  [/^it returns (TRUE|FALSE)$/, (said, value = "") => has(said, value === "TRUE" ? /^ t$/m : /^ f$/m)],
  [/^it is a time$/, (said) => has(said, /^ *\d{4}-\d\d-\d\d/m)],
  [/ ran the role's own code with the rights of (\S+);/, (said, role = "") => has(said, line(role))],
  [/^(\S+) has ([A-Z]+) on /, (said, role = "", right = "") => has(said, grant(role, right))],
  [/^the calls changed /, (said) => !has(said, /^\(0 rows\)$/m)],
  [/: ([A-Z ]+) on \S+ stops /, (said, mode = "") => has(said, line(lockName(mode)))],
  [
    /: it waits without end for ([A-Z ]+) on /,
    (said, mode = "") => has(said, /^ 0$/m) && has(said, line(lockName(mode))),
  ],
  [/^no row names (\S+),/, (said, name = "") => !resultText(said).includes(name)],
  [/^[^:;]*?([^\s.]+) was added/, (said, name = "") => has(said, /^\(1 row\)$/m) && named(said, name)],
  [/^[^:;]* was removed/, (said) => has(said, /^\(0 rows\)$/m)],
  [
    /^[^;]* -> ([^;]*)/,
    (said, after = "") => fragments(after).every((text) => resultText(said).includes(text)),
  ],
];

/**
 * Whether it is seen in what was said to the last part of the script.
 * @returns undefined where nobody knows how it would be seen
 */
export function shows(got: string, said: Said): boolean | undefined {
  for (const [form, seen] of FORMS) {
    const match = form.exec(got);
    if (match !== null) {
      return seen(said, ...match.slice(1).map((part) => part ?? ""));
    }
  }
  const facts = [...(got.match(UUID) ?? []), ...(got.replace(UUID, "").match(/-?\b\d+\b|\bNULL\b/g) ?? [])];
  const text = allText(said);

  return facts.length === 0
    ? undefined
    : facts.every((fact) =>
        new RegExp(`(?<![\\w-])${fact}(?!\\w)`).test(text.replace(fact.length < 36 ? UUID : "", "")),
      );
}

/** The letters that stand for what is granted, in a column such as `proacl`. */
const RIGHTS: Readonly<Record<string, string>> = {
  SELECT: "r",
  INSERT: "a",
  UPDATE: "w",
  DELETE: "d",
  TRUNCATE: "D",
  REFERENCES: "x",
  TRIGGER: "t",
  EXECUTE: "X",
  USAGE: "U",
  CREATE: "C",
  MAINTAIN: "m",
};

function grant(role: string, right: string): RegExp {
  return new RegExp(`[{,]${role === "PUBLIC" ? "" : role}=[\\w*]*${RIGHTS[right] ?? "?"}`);
}

/** `AccessExclusiveLock`, as pg_locks has it. */
function lockName(mode: string): string {
  return `${mode.replace(/(\w)(\w*) ?/g, (_, first: string, rest: string) => first + rest.toLowerCase())}Lock`;
}

/** A row whose first value it is. */
function line(value: string): RegExp {
  return new RegExp(`^ ${value} *(\\||$)`, "m");
}

/** Each text in quotation marks was a message; what is left out of it is marked by `…`. */
function quoted(said: Said, texts: string): boolean {
  const messages = said.messages.map(({ text }) => text).join("\n");

  return [...texts.matchAll(/"(.+?)"(?= and |$)/gs)]
    .flatMap(([, text = ""]) => fragments(text))
    .every((fragment) => messages.includes(fragment));
}

function fragments(text: string): readonly string[] {
  return text.split("…").filter((fragment) => fragment !== "");
}

function complains(said: Said): boolean {
  return errors(said).length + warnings(said) > 0 || /\bfail(ed|ure)?\b/i.test(allText(said));
}

function errors({ messages }: Said): readonly string[] {
  return messages.filter(({ severity }) => severity === "ERROR").map(({ text }) => text);
}

function warnings({ messages }: Said): number {
  return messages.filter(({ severity }) => severity === "WARNING").length;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function has(said: Said, pattern: RegExp): boolean {
  return pattern.test(resultText(said));
}

/** A function is asked for by its whole signature, but the head of its name tells it. */
function named(said: Said, name: string): boolean {
  return resultText(said).includes(name.replace(/\(.*/s, ""));
}

function resultText({ results }: Said): string {
  return results.join("\n");
}

function allText(said: Said): string {
  return [...said.results, ...said.messages.map(({ text }) => text)].join("\n");
}
