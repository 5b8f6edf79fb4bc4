/** Removes passwords from text (pure). All output passes through here; it errs on the side of redacting too much. */

const HIDDEN = "****";

/** Hides the passwords in addresses, in parameters such as `password=`, and in SQL such as `PASSWORD '…'`. */
export function redact(text: string): string {
  return (
    text
      // To the last @ of the word: an unescaped one may be part of the password.
      .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):[^\s"'`]*@/gi, `$1:${HIDDEN}@`)
      // A literal that was cut off ends with the text.
      .replace(/\b(password\s+E?)'(?:[^'\\]|''|\\[\s\S]?)*(?:'|$)/gi, `$1'${HIDDEN}'`)
      .replace(/\b(password|sslpassword|pgpassword|passfile)=("[^"]*"|'[^']*'|[^\s&"']*)/gi, `$1=${HIDDEN}`)
  );
}
