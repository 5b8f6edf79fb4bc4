/** Texts that satisfy lengths, patterns and other demands (pure). */
import { type Arbitrary, type Random, stringMatching } from "fast-check";
import { base36, type Family, pick, type ValueRequest, WORDS } from "./value-request.ts";
import { NOTHING_WANTED, type Wanted } from "./wanted.ts";

const TRIES = 40;
const ODD_TEXTS = [
  "",
  " ",
  "a",
  "A",
  "O'Brien",
  "näïve",
  "  padded  ",
  "line\nbreak",
  "%_\\",
  "日本",
  "null",
  "MiXeD",
  "ß",
  "\t",
];

export const text: Family = (request, { name }) => {
  const { typmod, wanted, random, level, distinct } = request;
  const limit = limitOf(name, typmod, wanted.lengthMax);
  const patterns = wanted.patterns.filter(({ not }) => !not);
  const found = patterns[0] === undefined ? plainText(request, limit) : matching(patterns[0], request, limit);
  if (found === undefined) return undefined;
  let value = found;
  for (const part of wanted.contains)
    if (!value.includes(part))
      value = `${value || "a"}${part}${level === "simplest" ? "a" : WORDS[random.nextInt(0, 7)]}`;
  if (distinct && patterns.length === 0 && level !== "simplest" && !/^\d+\./.test(value))
    value = `${value}${base36(random, 6)}`;
  const cut = limit - [...value].length;
  if (cut < 0)
    value =
      patterns.length === 0 && wanted.contains.length === 0
        ? [...value]
            .slice(distinct ? cut * -1 : 0)
            .slice(0, limit)
            .join("")
        : value;
  while ([...value].length < wanted.lengthMin) value = `${value}a`;
  if (wanted.fold !== undefined) value = wanted.fold === "lower" ? value.toLowerCase() : value.toUpperCase();

  return fits(value, wanted, limit) ? value : undefined;
};

function plainText({ wanted, random, level, literals, distinct }: ValueRequest, limit: number): string {
  const above = wanted.bounds.find(({ operator }) => operator.startsWith(">"));
  if (above !== undefined) return `${above.value}a`;
  const regexes = literals.filter((literal) => /^\^.*[[(\\]/.test(literal));
  // What a trigger matches its input against decides what it accepts.
  if (regexes.length > 0 && (level === "simplest" || random.nextInt(1, 16) > 1)) {
    const longest = regexes.reduce((found, regex) => (regex.length > found.length ? regex : found), "");
    const regex = level === "simplest" || random.nextInt(1, 4) > 1 ? longest : (pick(random, regexes) ?? longest);
    const found = matching({ regex, flags: "" }, { random, wanted: NOTHING_WANTED }, limit);
    if (found !== undefined) return found;
  }
  if (level === "simplest") return "a".repeat(Math.min(Math.max(wanted.lengthMin, 1), Math.max(limit, 0)));
  if (level === "ordinary") {
    const usable = distinct ? [] : literals;
    const index = random.nextInt(0, WORDS.length + Math.min(usable.length, 8) - 1);

    return WORDS[index] ?? usable[index - WORDS.length] ?? "";
  }
  const choice = random.nextInt(0, 3);
  if (choice === 0 && Number.isFinite(limit) && limit <= 4_000)
    return "Zz".repeat(Math.ceil(limit / 2)).slice(0, limit);
  if (choice === 1 && literals.length > 0) return swapCase(pick(random, literals) ?? "", random);

  return pick(random, ODD_TEXTS) ?? "";
}

/** True where a text satisfies what is wanted of its characters. */
export function isFitting(value: string, wanted: Wanted, limit = Number.POSITIVE_INFINITY): boolean {
  return fits(value, wanted, limit) && wanted.contains.every((part) => value.includes(part));
}

function fits(value: string, { patterns, lengthMin, lacks, bounds }: Wanted, limit: number): boolean {
  const length = [...value].length;

  return (
    length >= lengthMin &&
    // A demand for a length usually trims.
    (lengthMin === 0 || value.trim().length >= lengthMin) &&
    length <= limit &&
    lacks.every((part) => !value.includes(part)) &&
    bounds.every(({ operator, value: bound }) => !operator.startsWith("<") || value < bound) &&
    patterns.every(({ regex, flags, not }) => toRegExp(regex, flags)?.test(value) !== not)
  );
}

function limitOf(name: string, typmod: number, lengthMax: number | undefined): number {
  const declared = name === "char" ? 1 : name === "name" ? 63 : typmod >= 5 ? typmod - 4 : Number.POSITIVE_INFINITY;

  return Math.min(declared, lengthMax ?? Number.POSITIVE_INFINITY);
}

function matching(
  pattern: { readonly regex: string; readonly flags: string },
  { random, wanted, distinct = false }: Pick<ValueRequest, "random" | "wanted"> & { readonly distinct?: boolean },
  limit: number,
): string | undefined {
  const arbitraries = matchingArbitraries(pattern.regex, pattern.flags).slice(distinct ? 0 : 1);
  for (let tries = 0; tries < TRIES && arbitraries.length > 0; tries += 1) {
    const value = arbitraries[tries % arbitraries.length]?.generate(random, undefined).value ?? "";
    if (!/[\p{Cc}\p{Cs}]/u.test(value) && fits(value, wanted, limit)) return value;
  }

  return undefined;
}

const knownArbitraries = new Map<string, readonly Arbitrary<string>[]>();

/** What LIKE's `%` matches. */
const ANYTHING = "[\\s\\S]*";

/**
 * Texts that match, with much in the place of `%` and of two ordinary sizes; none for an expression that fast-check
 * cannot generate from. Kept, since building is slow.
 */
function matchingArbitraries(regex: string, flags: string): readonly Arbitrary<string>[] {
  const key = `${flags}/${regex}`;
  const known = knownArbitraries.get(key);
  if (known !== undefined) return known;
  const parsed = toRegExp(regex, flags);
  let arbitraries: readonly Arbitrary<string>[] = [];
  try {
    if (parsed !== undefined) {
      // What may follow a match makes it distinct. Fast-check knows no flag i, and a text needs no other letters.
      const end = parsed.source.endsWith("$") ? "" : ANYTHING;
      // It knows no lookahead either: what does not fit is left out.
      const ahead = parsed.source.replace(/\(\?![^()]*\)/g, "");
      const source = `^(?:${ahead.replace(/^\^|\$$/g, "")})${end}$`;
      const [long, usual] = ["[a-z0-9]{6}", "[a-z0-9]*"].map(
        (some) => new RegExp(source.replaceAll(ANYTHING, some)),
      ) as [RegExp, RegExp];
      arbitraries = [stringMatching(long), ...(["=", "-1"] as const).map((size) => stringMatching(usual, { size }))];
    }
  } catch {
    // Such as a lookahead for something.
  }
  knownArbitraries.set(key, arbitraries);

  return arbitraries;
}

const knownRegExps = new Map<string, RegExp | undefined>();

function toRegExp(regex: string, flags: string): RegExp | undefined {
  const key = `${flags}/${regex}`;
  if (!knownRegExps.has(key)) knownRegExps.set(key, translateRegExp(regex, flags));

  return knownRegExps.get(key);
}

/** PostgreSQL's advanced regular expressions as JavaScript has them, as far as it has them. */
function translateRegExp(regex: string, flags: string): RegExp | undefined {
  const classes: Record<string, string> = {
    alpha: "a-zA-Z",
    digit: "0-9",
    alnum: "a-zA-Z0-9",
    lower: "a-z",
    upper: "A-Z",
    space: "\\s",
    punct: "!-\\/:-@",
    xdigit: "0-9a-fA-F",
    word: "\\w",
  };
  const source = regex
    .replace(/\[:(\w+):\]/g, (found, name: string) => classes[name] ?? found)
    .replace(/\\[mMyA]|\(\?i\)/g, "")
    .replace(/\\Z/g, "$");
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

/** The text with the case of its letters swapped: what a comparison that folds case takes for the same. */
export function swapCase(value: string, random: Random): string {
  return random.nextInt(0, 1) === 0
    ? [...value]
        .map((letter) => {
          const swapped = letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase();

          // "ß" would become two letters.
          return swapped.length === letter.length ? swapped : letter;
        })
        .join("")
    : value;
}
