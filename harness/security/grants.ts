/**
 * Reads what is granted in a database, and finds what was not granted before. An object that is new had no grants; the
 * privileges of owners are left out.
 */
import { readFileSync } from "node:fs";
import { queryPinned, type SendQuery } from "../database/pinned-settings.ts";
import { codePath } from "../files/installation.ts";

export interface Grant {
  /** As PostgreSQL identifies it: `function public.f(uuid,text)`. */
  readonly object: string;
  /** A role as SQL writes it, or PUBLIC. */
  readonly grantee: string;
  readonly privilege: string;
  /** Granted WITH GRANT OPTION. */
  readonly grantable: boolean;
}

const QUESTION = readFileSync(codePath("harness/security/grants.sql"), "utf8");

/** Reads all grants of the session's database but those to owners and those on PostgreSQL's own objects. */
export async function readGrants(query: SendQuery): Promise<readonly Grant[]> {
  return ((await queryPinned(query, QUESTION)) as Grant[] | null) ?? [];
}

/** The grants of `after` that `before` lacks, by object. */
export function findAddedGrants(before: readonly Grant[], after: readonly Grant[]): Grant[] {
  const had = new Set(before.flatMap((grant) => [keyOf(grant), keyOf({ ...grant, grantable: false })]));

  return after.filter((grant) => !had.has(keyOf(grant))).sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

function keyOf({ object, grantee, privilege, grantable }: Grant): string {
  return JSON.stringify([object, grantee, privilege, grantable]);
}
