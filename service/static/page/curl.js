// A request as a command for a shell.

const LONGEST = 100000; // of one argument: Linux takes 128 KiB

/** Quote for sh, bash, zsh and fish: in single quotes nothing is special but the quote itself. */
export const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Write the command; a key stays out of it and comes from the variable DYNINT_KEY.
 * @param {string} url
 * @param {string} body
 * @param {boolean} withKey
 */
export const curl = (url, body, withKey) => {
  const head = `curl -sS ${quote(url)} -H 'content-type: application/json'${withKey ? ' -H "authorization: Bearer $DYNINT_KEY"' : ""}`;
  if (new TextEncoder().encode(body).length < LONGEST) return `${head} --data-raw ${quote(body)}`;
  let mark = "END";
  while (body.includes(mark)) mark += "_";
  return `${head} --data-binary @- <<'${mark}'\n${body}\n${mark}`;
};
