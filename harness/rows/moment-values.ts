/** Dates and times (pure). */
import { type Family, pick } from "./value-request.ts";

const DAY_MS = 86_400_000;
const ODD_DATES = ["1970-01-01", "1900-01-01", "2000-02-29", "2038-01-19", "2024-12-31", "9999-12-31"];

/** Dates and times between 2020 and 2029, or at the edges. */
export function moment(form: (date: Date) => string): Family {
  return ({ wanted, random, level }) => {
    const bounds = wanted.bounds.map(({ operator, value }) => ({
      operator,
      at: Date.parse(value.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00")),
    }));
    const known = bounds.filter(({ at }) => !Number.isNaN(at));
    const low = Math.max(
      Number.NEGATIVE_INFINITY,
      ...known.filter(({ operator }) => operator.startsWith(">")).map(({ at }) => at + DAY_MS),
    );
    const high = Math.min(
      Number.POSITIVE_INFINITY,
      ...known.filter(({ operator }) => operator.startsWith("<")).map(({ at }) => at - DAY_MS),
    );
    const start = Number.isFinite(low)
      ? low
      : Number.isFinite(high)
        ? high - 400 * DAY_MS
        : Date.UTC(2020, 0, 1);
    if (level === "simplest")
      return form(new Date(Number.isFinite(low) || Number.isFinite(high) ? start : Date.UTC(2000, 0, 1)));
    if (level === "boundary" && known.length === 0)
      return form(new Date(`${pick(random, ODD_DATES)}T00:00:00Z`));
    const span = Math.min(Number.isFinite(high) ? high - start : 3_650 * DAY_MS, 3_650 * DAY_MS);

    return form(new Date(start + Math.floor(span / 1_000) * random.nextInt(0, 1_000)));
  };
}

export const withoutZone = (date: Date): string => date.toISOString().slice(0, 19).replace("T", " ");
