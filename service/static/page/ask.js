// The gateway's paths, as seen from this page; the key is in memory only.

let key = "";

/** Keep the key for the requests of this page, until it is closed or loaded again. */
export const setKey = (text) => { key = text.trim(); };
export const hasKey = () => key !== "";

/** A path's address: the page may stand behind a prefix. */
export const addressOf = (path) => new URL(path, document.baseURI).href;

/**
 * Ask the gateway.
 * @returns {Promise<{status: number, headers: Headers, text: string, ms: number}>} status 0 if there was no answer
 */
export const ask = async (path, options = {}) => {
  const headers = { ...options.headers, ...(key ? { authorization: `Bearer ${key}` } : {}) };
  const began = performance.now();
  try {
    const response = await fetch(addressOf(path), { ...options, headers, cache: "no-store", credentials: "omit" });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, ms: performance.now() - began };
  } catch (error) {
    return { status: 0, headers: new Headers(), text: String(error.message), ms: performance.now() - began };
  }
};

/** Parse an answer's JSON; null if it is none. */
export const parsed = ({ text }) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** Score a request, and ask how its rows were come by. */
export const predict = (body) => ask("predict", {
  method: "POST", body, headers: { "content-type": "application/json", "x-dynint-explain": "1" },
});
