// Headers of answers: names with parameters, as Server-Timing has them.

/**
 * Read `l1;hits=3;misses=1, pruned;count=0` into a list of names, each with its parameters.
 * @param {string|null} header
 * @returns {{name: string, values: Object<string, string>}[]}
 */
export const readHeader = (header) => (header || "").split(",").map((entry) => entry.trim()).filter(Boolean).map((entry) => {
  const [name, ...parameters] = entry.split(";").map((part) => part.trim());
  return { name, values: Object.fromEntries(parameters.map((parameter) => parameter.split("="))) };
});

/** Read Server-Timing: the stages in their order, and the whole, in milliseconds. */
export const readTiming = (header) => {
  const entries = readHeader(header).map(({ name, values }) => ({ name, ms: Number(values.dur) })).filter(({ ms }) => ms >= 0);
  const stages = entries.filter(({ name }) => name !== "total");
  const total = entries.find(({ name }) => name === "total");
  return { stages, total: total ? total.ms : stages.reduce((sum, { ms }) => sum + ms, 0) };
};

/** Read X-DynInt-Explain: tiers with hits and misses, absences with counts, why it is degraded; null if there is none. */
export const readExplanation = (header) => {
  if (!header) return null;
  const entries = readHeader(header);
  return {
    tiers: entries.filter(({ values }) => "hits" in values)
      .map(({ name, values }) => ({ name, hits: Number(values.hits), misses: Number(values.misses) })),
    absences: entries.filter(({ values }) => "count" in values)
      .map(({ name, values }) => ({ name, count: Number(values.count) })),
    reasons: entries.filter(({ name }) => name === "degraded").map(({ values }) => values.reason),
  };
};
