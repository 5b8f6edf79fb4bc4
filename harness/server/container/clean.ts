/**
 * What a killed run left with the engine. Only what is provably ours is touched: a container with a name and the label
 * that only a run gives, whose label names a process of this very machine that no longer lives.
 */
import * as v from "valibot";
import { messageOf } from "../../errors.ts";
import { isGone, ownerIn, ownWords } from "../process/owner.ts";
import { ask, findEngine } from "./engine.ts";
import { removeContainer } from "./lifecycle.ts";

/** Containers by their names. */
export interface Removed {
  readonly names: readonly string[];
  readonly left: readonly { readonly name: string; readonly reason: string }[];
}

const RUN = "org.plumbline.run";
const OWNER = "org.plumbline.owner";

const listShape = v.array(
  v.object({ Names: v.array(v.string()), Labels: v.nullish(v.record(v.string(), v.string()), {}) }),
);

/** What a container of this process is marked with. */
export function labelsOf(name: string): Record<string, string> {
  return { [RUN]: name, [OWNER]: ownWords() };
}

/** The containers in the engine's list that a run has made and whose process is gone (pure, but for that). */
export function orphansIn(list: string): readonly string[] {
  return v.parse(listShape, JSON.parse(list)).flatMap(({ Names: names, Labels: labels }) => {
    const name = names[0]?.replace(/^\//, "") ?? "";
    const owner = ownerIn(labels?.[OWNER] ?? "");
    const ours = /^plumbline-[0-9a-f]{12}$/.test(name) && labels?.[RUN] === name;

    return ours && owner !== undefined && isGone(owner) ? [name] : [];
  });
}

/**
 * Removes the containers of runs that are no longer there; those of runs that are at work stay.
 * @throws HarnessError where no engine answers
 */
export async function cleanContainers(env: NodeJS.ProcessEnv = process.env): Promise<Removed> {
  const engine = await findEngine(env);
  const filters = encodeURIComponent(JSON.stringify({ label: [RUN] }));
  const { body } = await ask(engine, "GET", `/containers/json?all=1&filters=${filters}`);
  const names: string[] = [];
  const left: { name: string; reason: string }[] = [];
  for (const name of orphansIn(body)) {
    try {
      if (await removeContainer({ engine, name })) names.push(name);
    } catch (thrown) {
      left.push({ name, reason: messageOf(thrown) });
    }
  }

  return { names, left };
}
