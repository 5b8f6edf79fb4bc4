/**
 * A refusal of which only the kind is certain. Whoever reads its message learns that it cannot be told, and so does the
 * verdict: it is then unknown.
 */
import { DatabaseError } from "pg";
import { Inconclusive } from "../errors.ts";
import type { Refusal } from "./session.ts";

export class UncertainError extends DatabaseError {
  readonly doubt: string;

  /** @param code SQLSTATE @param doubt why the message is not known */
  constructor(code: string, doubt: string) {
    super(doubt, doubt.length, "error");
    this.code = code;
    this.doubt = doubt;
  }

  get refusal(): Refusal {
    const { code = "", doubt } = this;

    return {
      code,
      get message(): string {
        throw new Inconclusive(doubt);
      },
    };
  }
}
