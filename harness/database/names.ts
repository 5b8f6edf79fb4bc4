/**
 * Names the databases of a run (pure). On a shared server the name holds the run's id, so that a database of other
 * software is never mistaken for one of ours, and those of runs that ended can be found.
 */
import type { Tenancy } from "./server.ts";

const ON_SHARED_SERVER = /^plumbline_[ct]_([0-9a-f]{8})_[0-9a-f]{8}_(\d+|[0-9a-f]{16})$/;

/** @param creator id of the Databases that builds it, eight hexadecimal digits @param hash of the recipe */
export function templateName(tenancy: Tenancy | undefined, creator: string, hash: string): string {
  return tenancy === undefined ? `plumbline_t_${hash}` : `plumbline_t_${tenancy.run}_${creator}_${hash}`;
}

/** @param creator id of the Databases that clones it, eight hexadecimal digits */
export function cloneName(tenancy: Tenancy | undefined, creator: string, number: number): string {
  return `plumbline_c_${tenancy === undefined ? "" : `${tenancy.run}_`}${creator}_${number}`;
}

/** The run that created a database on a shared server; undefined for any other database. */
export function parseRun(name: string): string | undefined {
  return ON_SHARED_SERVER.exec(name)?.[1];
}
