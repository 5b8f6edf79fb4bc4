/**
 * Keeps the house tidy: plain words, one name for one thing, short files, a lock file without addresses. The linter
 * checks the direction of imports and the length of functions.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
})
  .toString()
  .split("\0")
  .filter((file) => file !== "");
/** The migrations of other tools have the names that those tools look for. */
const code = files.filter((file) => /\.[jt]s$/.test(file) && !file.startsWith("harness/recording/tools/"));
/** The specimen keeps the words of its authors; this file has to name what it bans. */
const worded = files.filter(
  (file) =>
    /\.(?:ts|js|md|sql|ya?ml)$|^\.ci\/|\/(?:findings|thresholds|equivalent-mutants)\.json$/.test(file) &&
    !/^sql\/published\/.*\.sql$|^harness\/tidy\.test\.ts$/.test(file),
);

/** Words of a dialect that a stranger would have to decode, and what to write instead. */
const BANNED: Readonly<Record<string, string>> = {
  "tell|tells|told|telling": "format, report, say; or the noun",
  "who|whoever|whom": "the noun: the session, the caller, the property",
  "somebody|someone|nobody|everybody|everyone|anybody|anyone": "the noun: another session, no property, each caller",
  "he|his|him|himself": "the noun",
  "noticed|noticing": "kill, detect, see",
  "notices? (?:that|it|its|the|this|a|an|each|any|what|when|how|where|every|nothing)": "kill, detect, see",
  "mend|mends|mended|mending": "fix",
  anew: "again",
  dear: "expensive",
  grief: "error",
  "trouble|troubles": "error",
  "promise|promises|promised": "property, expected",
  "strike|strikes|struck|striking": "interrupt, fault",
  "witness|witnesses|suspect|suspects|testimony|summon|summons|convene|fate|fates|merits": "Stryker's words",
  "planted|decoy|decoys|intruder": "seeded, shadow object, unprivileged role",
  "duel|bout|passage|glance": "comparison, step sequence, summary",
  workbench: "test resources",
};

/** Where such a word is the field's own. */
const ALLOWED: readonly RegExp[] = [
  // The former name of killers.json, which is refused.
  /\bnoticed\.json\b/g,
  // The account of Unix.
  /["`]nobody["`]|\bnobody(?= to run it as| as -2)|\baccount nobody\b/g,
  // A family of rules.
  /same-for-everyone/g,
  // JavaScript's promises.
  /\bPromise(?:Like|SettledResult|Constructor)?\b|\bpromises\b(?=["'/])|node:\w+\/promises/g,
  // Old ids of properties, which ledgers and command lines may hold.
  /"[A-Z]\d+-struck"/g,
];

test("the words are the field's", () => {
  const found = worded.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .flatMap((line, index) => bannedWords(line).map((word) => `${file}:${index + 1}: ${word}`)),
  );

  expect(found, "reword these").toEqual([]);
});

test("a banned word is found in prose and inside of a name, and not where it is the field's own", () => {
  expect(bannedWords("// Whoever waits is told so")).toEqual([
    "told: format, report, say; or the noun",
    "Whoever: the noun: the session, the caller, the property",
  ]);
  expect(bannedWords("const toldText = tellAll;")).toHaveLength(2);
  expect(bannedWords("await Promise.all(notices); // RAISE NOTICE")).toEqual([]);
});

test("an exported name stands for one thing", () => {
  const places = new Map<string, string[]>();
  for (const file of code.filter((name) => !/\.(?:test|operator|soak)\.ts$/.test(name))) {
    const text = readFileSync(join(root, file), "utf8");
    const names = text.matchAll(
      /^export (?:async |abstract |declare )*(?:function\*?|class|const|let|interface|type|enum) ([\w$]+)/gm,
    );
    for (const name of new Set([...names].map(([, found = ""]) => found))) {
      places.set(name, [...(places.get(name) ?? []), file]);
    }
  }

  expect([...places].filter(([, { length }]) => length > 1).map(([name, at]) => `${name}: ${at.join(", ")}`)).toEqual(
    [],
  );
});

test("no file is longer than 300 lines, and the README not than 150", () => {
  const long = [...code, "README.md"].flatMap((file) => {
    const lines = readFileSync(join(root, file), "utf8").trimEnd().split("\n").length;

    return lines > (file === "README.md" ? 150 : 300) ? [`${file}: ${lines}`] : [];
  });

  expect(long).toEqual([]);
});

test.each(["", "harness/recording/tools"])(
  "the lock file in the folder '%s' carries no download addresses",
  (folder) => {
    expect(readFileSync(join(root, folder, "package-lock.json"), "utf8")).not.toContain('"resolved"');
  },
);

/** The banned words of a line, those inside of a camelCase or snake_case name included, each with its advice. */
function bannedWords(line: string): string[] {
  const plain = ALLOWED.reduce((text, allowed) => text.replace(allowed, " "), line)
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ");

  return Object.entries(BANNED).flatMap(([words, advice]) =>
    [...plain.matchAll(new RegExp(`\\b(?:${words})\\b`, "gi"))].map(([word]) => `${word}: ${advice}`),
  );
}
