/**
 * Decides colour, width and live display once, from a stream and the environment. What formats results takes the
 * decision as data and never reads a terminal.
 */
import picocolors from "picocolors";
import type { VerdictStatus } from "./exit-status.ts";

export interface Style {
  readonly colour: boolean;
  readonly width: number;
  /** Shows the table of all verdicts, and known failures as fully as new violations. */
  readonly verbose?: boolean;
  readonly questions?: boolean;
  /** Lists the kinds of failures as the known failures name them. */
  readonly kinds?: boolean;
}

/** What a stream says about its terminal. */
interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

const PIPE_COLUMNS = 80;
const COLUMNS_MAX = 120;
const COLUMNS_MIN = 60;

/** A terminal gets its own width, between 60 and 120 columns, a pipe 80; `NO_COLOR` and `FORCE_COLOR` are obeyed. */
export function detectStyle(screen: Screen, env: EnvironmentVariables = process.env): Style {
  const forced = env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0";
  const disabled = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  // A terminal without a size reports 0 columns.
  const columns = screen.isTTY === true ? screen.columns || PIPE_COLUMNS : PIPE_COLUMNS;

  return {
    colour: forced || (screen.isTTY === true && !disabled),
    width: Math.min(COLUMNS_MAX, Math.max(COLUMNS_MIN, columns)),
  };
}

/** Whether lines can be redrawn in place: not in a pipe, nor in a terminal without a size, as a container may have. */
export function canRedraw({ isTTY, columns = 0, rows = 0 }: Screen): boolean {
  return isTTY === true && columns > 0 && rows > 0;
}

/** Colours a text that is already laid out: colour codes take no column. */
type Paint = (text: string) => string;

interface Paints {
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

/** The name of each status's paint, which is its class in HTML. */
export const paintNames: Readonly<Record<VerdictStatus, keyof Paints>> = {
  held: "good",
  known: "doubtful",
  violated: "bad",
  stale: "bad",
  unknown: "doubtful",
};

export function getPaint(status: VerdictStatus, paints: Paints): Paint {
  return paints[paintNames[status]];
}
