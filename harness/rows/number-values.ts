/** Numbers, from ordinary ones to those at the bounds (pure). */
import { compareNumbers } from "./demands.ts";
import { type Family, pick, type ValueRequest } from "./value-request.ts";
import type { Wanted } from "./wanted.ts";

const INTEGERS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int2: [-32_768n, 32_767n],
  int4: [-2_147_483_648n, 2_147_483_647n],
  int8: [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
  oid: [0n, 2_147_483_647n],
};

export const integer = rounded((request, { name }) => {
  const [least, most] = INTEGERS[name] ?? [0n, 1n];
  const { low, high } = numericBounds(request, least, most);
  if (low > high) return undefined;
  const near = low > 0n ? low : high < 0n ? high : 0n;
  if (request.level === "simplest") return String(near);
  if (request.level === "boundary") {
    const odd = [low, high, low + 1n, high - 1n, 0n, 1n, -1n, ...request.literals.flatMap(toInteger)];

    return String(
      pick(
        request.random,
        odd.filter((value) => value >= low && value <= high),
      ),
    );
  }
  const span = request.distinct ? 1_000_000n : 1_000n;
  const from = low > 1n ? low : low <= 1n && high >= 1n ? 1n : high - span;
  const floor = from < low ? low : from;
  const to = floor + span > high ? high : floor + span;

  return String(request.random.nextBigInt(floor, to));
});

/** The bounds of whole numbers. */
function numericBounds({ wanted }: ValueRequest, least: bigint, most: bigint): { low: bigint; high: bigint } {
  let [low, high] = [least, most];
  for (const { operator, value } of wanted.bounds) {
    const number = Number(value);
    if (!Number.isFinite(number)) continue;
    const [floor, ceiling] = [BigInt(Math.floor(number)), BigInt(Math.ceil(number))];
    const whole = floor === ceiling;
    if (operator === ">") low = max(low, whole ? ceiling + 1n : ceiling);
    if (operator === ">=") low = max(low, ceiling);
    if (operator === "<") high = min(high, whole ? floor - 1n : floor);
    if (operator === "<=") high = min(high, floor);
  }

  return { low, high };
}

export const numeric = rounded((request, { name }) => {
  const { typmod, random, level } = request;
  const isDecimal = name === "numeric" && typmod >= 4;
  const precision = isDecimal ? ((typmod - 4) >> 16) & 0xffff : 15;
  // A scale may be negative since PostgreSQL 15: eleven bits with a sign.
  const scale = isDecimal ? (((typmod - 4) & 0x7ff) ^ 1024) - 1024 : 2;
  // A negative scale leaves multiples of a power of ten.
  const unit = 10n ** BigInt(Math.max(0, -scale));
  const most = (10n ** BigInt(Math.max(0, Math.min(precision - Math.max(scale, 0), 18))) - 1n) * unit;
  const { low, high } = numericBounds(request, -most, most);
  if (low > high) return fraction(request);
  if (level === "simplest") return String(low > 0n ? low : high < 0n ? high : 0n);
  const digits =
    scale > 0 ? `.${String(random.nextInt(0, 10 ** Math.min(scale, 6) - 1)).padStart(Math.min(scale, 6), "0")}` : "";
  if (level === "boundary") {
    const odd = [
      String(low),
      String(high),
      "0",
      "1",
      "-1",
      "0.005",
      "1.005",
      ...request.literals.filter((text) => /^-?\d+(\.\d+)?$/.test(text)),
    ];

    return pick(
      random,
      odd.filter((value) => Number(value) >= Number(low) && Number(value) <= Number(high)),
    );
  }
  const from = low > 1n ? low : 1n;
  const whole = from > high ? high : random.nextBigInt(from, min(high, from + 1_000n));

  return whole >= high || whole < 0n ? String(whole) : `${whole}${digits}`;
});

/** The family's values, moved to the nearest multiple that is wanted and within the bounds. */
function rounded(family: Family): Family {
  return (request, type) => {
    const value = family(request, type);
    const { multiplesOf } = request.wanted;

    return value === undefined || multiplesOf.length === 0 ? value : toMultiple(value, request.wanted);
  };
}

const DECIMAL = /^-?\d+(?:\.\d+)?$/;

function toMultiple(value: string, { multiplesOf, bounds }: Wanted): string | undefined {
  if (![value, ...multiplesOf].every((number) => DECIMAL.test(number))) return value;
  const scale = Math.max(...[value, ...multiplesOf].map((number) => number.split(".")[1]?.length ?? 0));
  const scaled = (number: string): bigint => {
    const [whole = "", digits = ""] = number.split(".");

    return BigInt(`${whole}${digits.padEnd(scale, "0")}`);
  };
  // A common multiple of all.
  const step = multiplesOf.map(scaled).reduce(lowestCommonMultiple);
  if (step === 0n) return value;
  const below = scaled(value) - (scaled(value) % step);

  return [below, below + step, below - step]
    .map((number) => formatScaled(number, scale))
    .find((number) => isWithin(number, bounds));
}

function formatScaled(number: bigint, scale: number): string {
  const digits = String(number < 0n ? -number : number).padStart(scale + 1, "0");
  const sign = number < 0n ? "-" : "";

  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function lowestCommonMultiple(left: bigint, right: bigint): bigint {
  let [greatest, rest] = [left, right];
  while (rest !== 0n) [greatest, rest] = [rest, greatest % rest];
  const multiple = greatest === 0n ? 0n : (left / greatest) * right;

  return multiple < 0n ? -multiple : multiple;
}

function isWithin(number: string, bounds: Wanted["bounds"]): boolean {
  return bounds.every(({ operator, value }) => compareNumbers(Number(number), operator, Number(value)));
}

/** Numbers within the bounds of which a number is a multiple; none for 0, which is one of all. */
export function findDivisors(number: string, { bounds }: Wanted): readonly string[] {
  const value = Math.abs(Number(number));
  if (!Number.isSafeInteger(value) || value === 0) return [];

  return [...new Set([1, 2, 3, 4, 5, 6, 10, 12, value])]
    .filter((divisor) => value % divisor === 0)
    .map(String)
    .filter((divisor) => isWithin(divisor, bounds));
}

/** A number between bounds that no whole number lies between. */
function fraction({ wanted }: ValueRequest): string | undefined {
  const low = wanted.bounds.find(({ operator }) => operator.startsWith(">"));
  const high = wanted.bounds.find(({ operator }) => operator.startsWith("<"));
  const middle = (Number(low?.value ?? 0) + Number(high?.value ?? 0)) / 2;

  return Number.isFinite(middle) ? String(middle) : undefined;
}

function toInteger(value: string): bigint[] {
  return /^-?\d{1,18}$/.test(value) ? [BigInt(value) - 1n, BigInt(value), BigInt(value) + 1n] : [];
}

function min(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

function max(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
