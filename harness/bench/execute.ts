/**
 * Executes a statement that a measurement needs to succeed.
 */
import { abbreviateStatement, type Session, type StatementResult } from "../database/session.ts";
import { HarnessError } from "../errors.ts";

/**
 * @param failure what failed, for the message
 * @throws HarnessError with the SQL error
 */
export async function executeRequired(
  session: Session,
  sql: string,
  failure: string,
  remedy: string,
): Promise<StatementResult> {
  const result = await session.tryExecute(sql);
  if (result.error === undefined) return result;
  const { code, message } = result.error;

  throw new HarnessError(
    `${failure}: ${message} (SQLSTATE ${code}, in: ${abbreviateStatement(sql)})`,
    remedy,
  );
}
