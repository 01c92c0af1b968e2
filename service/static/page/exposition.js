// Prometheus' text format, and what two readings of it tell.

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/g;

const number = (text) => text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);

/**
 * Read the samples of some metrics.
 * @param {string} text
 * @param {Set<string>} names
 * @returns {Map<string, {name: string, labels: Object<string, string>, value: number}>} by the sample as it is written
 */
export const read = (text, names) => {
  const samples = new Map();
  for (const line of text.split("\n")) {
    const found = LINE.exec(line);
    if (!found || !names.has(found[1])) continue;
    const labels = Object.fromEntries([...(found[2] || "").matchAll(LABEL)].map(([, key, value]) => [key, value.replace(/\\(.)/g, (_, c) => c === "n" ? "\n" : c)]));
    samples.set(`${found[1]}{${found[2] || ""}}`, { name: found[1], labels, value: number(found[3]) });
  }
  return samples;
};

/** How much a counter has grown: one that is smaller than before has begun anew. */
const growth = (before, now) => now >= before ? now - before : now;

/**
 * Add up by how much samples have grown.
 * @param {Map} before an earlier reading
 * @param {Map} now
 * @param {string} name of the counter
 * @param {function(Object<string, string>): boolean} wanted which of its samples count
 */
export const increase = (before, now, name, wanted = () => true) => {
  let sum = 0;
  for (const [key, { name: found, labels, value }] of now)
    if (found === name && wanted(labels)) sum += growth(before.get(key)?.value ?? 0, value);
  return sum;
};

/** A histogram's growth, its versions added up: ascending upper bounds, and how many lie at or below each. */
export const buckets = (before, now, name) => {
  const counts = new Map();
  for (const [key, { name: found, labels, value }] of now) {
    if (found !== `${name}_bucket`) continue;
    const bound = number(labels.le);
    counts.set(bound, (counts.get(bound) || 0) + growth(before.get(key)?.value ?? 0, value));
  }
  return [...counts].sort(([a], [b]) => a - b);
};

/**
 * Estimate a quantile as Prometheus does: by a straight line within its bucket.
 * @param {[number, number][]} cumulative
 * @returns {number|null} null if nothing was counted; the last bound if it lies beyond
 */
export const quantile = (cumulative, q) => {
  const total = cumulative.length ? cumulative.at(-1)[1] : 0;
  if (!total) return null;
  const rank = q * total;
  const place = cumulative.findIndex(([, count]) => count >= rank);
  const [bound, count] = cumulative[place];
  const [lower, below] = place ? cumulative[place - 1] : [0, 0];
  if (bound === Infinity) return lower;
  return count === below ? bound : lower + (bound - lower) * (rank - below) / (count - below);
};
