/** Numbers, from ordinary ones to those at the bounds (pure). */
import { type Family, pick, type ValueRequest } from "./value-request.ts";

const INTEGERS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int2: [-32_768n, 32_767n],
  int4: [-2_147_483_648n, 2_147_483_647n],
  int8: [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
  oid: [0n, 2_147_483_647n],
};

export const integer: Family = (request, { name }) => {
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
};

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

export const numeric: Family = (request, { name }) => {
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
};

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
