/**
 * How databases of ours are called (pure). On a server that others use too, the name says which run made a database,
 * so that nobody else's is ever taken for it, and what a run that is gone left behind is known.
 */
import type { Tenancy } from "./server.ts";

const OF_TENANT = /^plumbline_[ct]_([0-9a-f]{8})_[0-9a-f]{8}_(\d+|[0-9a-f]{16})$/;

/** @param owner who makes it, eight hexadecimal digits @param hash of what makes the template */
export function templateName(tenancy: Tenancy | undefined, owner: string, hash: string): string {
  return tenancy === undefined ? `plumbline_t_${hash}` : `plumbline_t_${tenancy.run}_${owner}_${hash}`;
}

/** @param owner who makes it, eight hexadecimal digits */
export function cloneName(tenancy: Tenancy | undefined, owner: string, number: number): string {
  return `plumbline_c_${tenancy === undefined ? "" : `${tenancy.run}_`}${owner}_${number}`;
}

/** The run that made a database on a server that others use too; undefined for anyone else's database. */
export function runOf(name: string): string | undefined {
  return OF_TENANT.exec(name)?.[1];
}
