/**
 * Ending a run of fast-check early. To it such a failure is none: it makes no further case, and what it found before
 * stays as it is.
 */
import { PreconditionFailure } from "fast-check";

/** What a case throws where all that would come after it would be made in vain. */
export function interruption(): PreconditionFailure {
  return new PreconditionFailure(true);
}
