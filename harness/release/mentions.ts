import type { Step } from "./release.ts";

/** Whether the text of a step has the last part of a name, such as `users` of `public.users`, as a word. */
export function isMentioned(steps: readonly Step[], name: string): boolean {
  const word = (name.split(".").at(-1) ?? name).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_$])${word}(?![\\p{L}\\p{N}_$])`, "iu");

  return steps.some(({ source }) => pattern.test(source));
}
