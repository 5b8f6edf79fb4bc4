import { Random } from "fast-check";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A random source of its own, for what must depend on nothing else (pure). */
export function randomFrom(seed: number): Random {
  return new Random(xoroshiro128plus(seed));
}
