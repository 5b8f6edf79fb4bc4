/** The traffic of an application while the data migration runs. */
import { Inconclusive } from "../../../harness/errors.ts";
import type { CreditSchema } from "../model/credit-schema.ts";
import { NO_CREDITS, nthId, sampleAccount } from "../model/model.ts";
import { applicationWrite, newPlan } from "./application-writes.ts";
import { insertOrganizations } from "./sql.ts";

/** Each kind concerns an organization of its own. */
export const TRAFFIC = ["delete", "replan", "allocate", "insert", "replan the held one"] as const;
export type TrafficKind = (typeof TRAFFIC)[number];
/** An organization for each kind of traffic. */
export type Concerned = Readonly<Record<TrafficKind, string>>;

/** The held one is the first that the migration wants, which has not got to the others then. */
export function chooseConcerned([
  held = "",
  ,
  deleted = "",
  replanned = "",
  allocated = "",
]: readonly string[]): Concerned {
  return { delete: deleted, replan: replanned, allocate: allocated, insert: nthId(5), "replan the held one": held };
}

/** The kinds that the user's own triggers and constraints accept. */
export function dropRefused(traffic: readonly TrafficKind[], { refusedWrites }: CreditSchema): readonly TrafficKind[] {
  const accepted = traffic.filter(
    (kind) => kind === "insert" || !refusedWrites.includes(kind === "delete" ? "delete" : "replan"),
  );
  if (accepted.length === 0) throw new Inconclusive(`the schema before refuses to ${traffic.join(" and to ")}`);

  return accepted;
}

/** What the application does; the session that holds an organization changes it. */
export function applicationSql(schema: CreditSchema, concerned: Concerned) {
  const plan = newPlan(schema);
  const replan = (id: string) => applicationWrite("replan", id, schema);
  const newcomer = { ...sampleAccount(5, { name: "New" }), numbers: { allocated: NO_CREDITS, used: NO_CREDITS } };

  return {
    delete: [applicationWrite("delete", concerned.delete, schema)],
    replan: [replan(concerned.replan)],
    allocate: [replan(concerned.allocate), `SELECT allocate_plan_credits('${concerned.allocate}', ${plan})`],
    insert: [insertOrganizations([newcomer], schema)],
    holder: `plan_name = ${plan}`,
  };
}
