import { Random } from "fast-check";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A random source of its own, for what must depend on nothing else (pure). */
export function randomFrom(seed: number): Random {
  return new Random(xoroshiro128plus(seed));
}

/** A seed that a text alone decides. */
export function hashSeed(text: string): number {
  let value = 7;
  for (const character of text) value = (Math.imul(value, 31) + (character.codePointAt(0) ?? 0)) | 0;

  return value;
}
