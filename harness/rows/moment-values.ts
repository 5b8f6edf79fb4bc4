/** Dates and times (pure). */
import { type Family, pick, type ValueRequest } from "./value-request.ts";

export const SECOND_MS = 1_000;
export const DAY_MS = 86_400_000;
const ODD_DATES = ["1970-01-01", "1900-01-01", "2000-02-29", "2038-01-19", "2024-12-31", "9999-12-31"];
/** Ordinary values lie in the ten years after it. */
const START = Date.UTC(2020, 0, 1);
const SPAN_MS = 3_650 * DAY_MS;

/**
 * Dates and times between 2020 and 2029, or at the edges of what is wanted.
 * @param form the text of a value
 * @param step the least difference between two values, in milliseconds
 */
export function dateValues(form: (iso: string) => string, step: number): Family {
  return (request) => {
    const { low, high } = momentBounds(request, step);
    if (low > high) return undefined;
    const at = chooseMoment(request, low, high);

    // Years from 10000 on have a sign and six digits in ISO 8601.
    return form(new Date(at).toISOString().replace(/^\+0*/, ""));
  };
}

function chooseMoment({ random, level }: ValueRequest, low: number, high: number): number {
  const isBounded = Number.isFinite(low) || Number.isFinite(high);
  if (!isBounded && level === "simplest") return Date.UTC(2000, 0, 1);
  if (!isBounded && level === "boundary") return Date.parse(`${pick(random, ODD_DATES)}T00:00:00Z`);
  const edges = [low, high].filter(Number.isFinite);
  if (level === "simplest") return edges[0] ?? START;
  if (level === "boundary" && random.nextInt(0, 1) === 0) return pick(random, edges) ?? START;
  // Conditions often add an interval to the other side, which no bound shows: a day is left to it.
  const margin = high - low > 3 * DAY_MS ? DAY_MS : 0;
  const from = Number.isFinite(low) ? low + margin : Number.isFinite(high) ? high - margin - SPAN_MS / 10 : START;
  const span = Math.min(Number.isFinite(high) ? high - margin - from : SPAN_MS, SPAN_MS);

  return from + Math.floor(span / SECOND_MS / 1_000) * random.nextInt(0, 1_000) * SECOND_MS;
}

function momentBounds({ wanted }: ValueRequest, step: number): { low: number; high: number } {
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const { operator, value } of wanted.bounds) {
    const at = parseMoment(value);
    if (Number.isNaN(at)) continue;
    if (operator === ">" || operator === ">=")
      low = Math.max(low, Math.ceil(at / step) * step + (operator === ">" ? step : 0));
    else high = Math.min(high, Math.floor(at / step) * step - (operator === "<" && at % step === 0 ? step : 0));
  }

  return { low, high };
}

/** A moment as PostgreSQL prints it; without a zone it counts as UTC. */
function parseMoment(value: string): number {
  const [, date, time = "00:00:00", zone = "+00"] =
    /^(\d{4,}-\d\d-\d\d)(?: ([\d:.]+))?([+-]\d\d(?::?\d\d)?)?$/.exec(value) ?? [];
  if (date === undefined) return Number.NaN;

  return Date.parse(`${date}T${time}${zone.length === 3 ? `${zone}:00` : zone}`);
}

/** The date and time of a moment in ISO 8601. */
export const withoutZone = (iso: string): string => iso.replace("T", " ").replace(/\.\d+Z$/, "");
