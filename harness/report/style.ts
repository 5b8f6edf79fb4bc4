/**
 * Colour and width are decided once, from the stream and the environment, and handed down as data: what tells a result
 * never looks at a terminal.
 */
import picocolors from "picocolors";
import type { VerdictStatus } from "./exit-status.ts";

export interface Style {
  readonly colour: boolean;
  /** In columns of the terminal. */
  readonly width: number;
  /** Tells a known finding as fully as an unexpected one. */
  readonly verbose?: boolean;
}

export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

const pipeColumns = 80;
/** Longer lines are hard to read, however wide the window. */
const widestColumns = 120;
/** Below this the table has no room for a title, and lines wrap by themselves. */
const narrowestColumns = 60;

/** A terminal is written to in its own width, a pipe in 80 columns; `NO_COLOR` and `FORCE_COLOR` are obeyed. */
export function detectStyle(screen: Screen, env: Readonly<Record<string, string | undefined>>): Style {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "0";
  const refused = (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  // A terminal that was given no size says 0.
  const columns = screen.isTTY === true ? screen.columns || pipeColumns : pipeColumns;

  return { colour: forced || (screen.isTTY === true && !refused), width: readable(columns) };
}

/** The width, within the limits between which a table can be read. */
export function readable(columns: number): number {
  return Math.min(widestColumns, Math.max(narrowestColumns, columns));
}

/** Colours a text that is already laid out: colour codes take no column. */
export type Paint = (text: string) => string;

export interface Paints {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly bad: Paint;
  readonly doubtful: Paint;
  readonly good: Paint;
}

export function createPaints(style: Style): Paints {
  const { bold, dim, red, yellow, green } = picocolors.createColors(style.colour);

  return { strong: bold, faint: dim, bad: red, doubtful: yellow, good: green };
}

/** The paint of each standing, by its name. */
export const paintNames: Record<VerdictStatus, keyof Paints> = {
  held: "good",
  known: "doubtful",
  violated: "bad",
  stale: "bad",
  unknown: "doubtful",
};

export function getPaint(standing: VerdictStatus, paints: Paints): Paint {
  return paints[paintNames[standing]];
}
