/** The types of JSON values, as `jsonb_typeof` names them (pure). */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export const JSON_TYPES: readonly string[] = ["object", "array", "string", "number", "boolean", "null"];

export function typeOfJson(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

export function isJsonObject(value: Json): value is { readonly [key: string]: Json } {
  return typeOfJson(value) === "object";
}
