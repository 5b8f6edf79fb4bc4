/**
 * Parses JSON that people write. Unlike `JSON.parse` it reports the position of a mistake, and rejects duplicate keys.
 */
import { type JSONVisitor, printParseErrorCode, visit } from "jsonc-parser";
import { HarnessError } from "../errors.ts";
import { createPositionLookup } from "./position.ts";

/** Far from the depth that exhausts the stack. */
const DEPTH_MAX = 100;

/**
 * Parses a JSON text.
 * @param file the name of the text in errors
 * @throws HarnessError with `file:line:column` where the text is not JSON, or an object has a key twice
 */
export function parseJson(text: string, file: string): unknown {
  const toError = (offset: number, problem: string) => {
    const { line, column } = createPositionLookup(text)(offset);

    return new HarnessError(`${file}:${line}:${column}: ${problem}`, "Fix the JSON there");
  };
  const keys: Set<string>[] = [];
  const open = (offset: number) => {
    keys.push(new Set());
    if (keys.length > DEPTH_MAX) throw toError(offset, `nested more than ${DEPTH_MAX} deep`);
  };
  const visitor: JSONVisitor = {
    onObjectBegin: open,
    onArrayBegin: open,
    onObjectEnd: () => keys.pop(),
    onArrayEnd: () => keys.pop(),
    onObjectProperty(key, offset) {
      if (keys.at(-1)?.has(key)) throw toError(offset, `the key ${JSON.stringify(key)} is there twice`);
      keys.at(-1)?.add(key);
    },
    onError(code, offset, length) {
      // Such as `PropertyNameExpected`.
      const problem = printParseErrorCode(code)
        .replace(/(?!^)[A-Z]/g, (letter) => ` ${letter}`)
        .toLowerCase();
      const found = length === 0 ? "the end of the file" : JSON.stringify(text.slice(offset, offset + length));
      throw toError(offset, `not JSON: ${problem}, found ${found}`);
    },
  };
  visit(text, visitor, { disallowComments: true });

  return JSON.parse(text);
}
