/**
 * No password is ever told (pure): whatever goes out to a reader passes through here. Rather a word too much is hidden
 * than a password too few.
 */

const HIDDEN = "****";

/** The text without the passwords of the addresses in it. */
export function masked(text: string): string {
  return (
    text
      // To the last @ of the word: an unescaped one may be part of the password.
      .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):[^\s"'`]*@/gi, `$1:${HIDDEN}@`)
      .replace(/\b(password|sslpassword|pgpassword|passfile)=("[^"]*"|'[^']*'|[^\s&"']*)/gi, `$1=${HIDDEN}`)
  );
}
