// How the gateway does, from its metrics.

import { ask } from "./ask.js";
import { buckets, increase, quantile, read } from "./exposition.js";
import { at, make } from "./make.js";
import { Plot } from "./plot.js";

const PERIOD_MS = 1500;
const LENGTH = 40;
const WINDOW = 6; // readings that a percentile is taken over
const NAMES = new Set(["dynint_predict_seconds_bucket", "dynint_requests_total", "dynint_rows_total"]);
const ROUTES = new Set(["/predict", "/v1/predict"]);

const perSecond = (value) => `${value >= 100 ? Math.round(value).toLocaleString("en") : Number(value.toPrecision(2))}/s`;
const milliseconds = (value) => `${value >= 100 ? Math.round(value).toLocaleString("en") : Number(value.toPrecision(3))} ms`;

const isPredict = ({ route }) => ROUTES.has(route);
const isError = (labels) => isPredict(labels) && labels.status !== "200";

/**
 * What the newest readings tell: percentiles in milliseconds over all of them, rates over the last two.
 * @param {{seconds: number, samples: Map}[]} readings from old to new, two or more
 */
export const measure = (readings) => {
  const [first, before, now] = [readings[0], readings.at(-2), readings.at(-1)];
  const seconds = now.seconds - before.seconds;
  const rate = (name, wanted) => increase(before.samples, now.samples, name, wanted) / seconds;
  const times = buckets(first.samples, now.samples, "dynint_predict_seconds");
  const percentile = (q) => { const value = quantile(times, q); return value === null ? null : value * 1e3; };
  return {
    latency: [percentile(0.5), percentile(0.95), percentile(0.99)],
    requests: [rate("dynint_requests_total", isPredict)],
    rows: [rate("dynint_rows_total")],
    errors: [rate("dynint_requests_total", isError)],
  };
};

const ELSEWHERE = {
  0: "The gateway does not answer. The figures go on when it does.",
  401: "The metrics want a key: put it into the field API key.",
  403: "The key may not read the metrics.",
  404: "Metrics are not on this port: this gateway has an admin port (DYNINT_ADMIN_PORT), and /metrics and /docs are there. Scoring works here all the same.",
};

/** Start to watch; `onTick` is called at each reading with whether the metrics could be read. */
export const watch = (onTick) => {
  const plots = {
    latency: new Plot("Latency", ["p50", "p95", "p99"], milliseconds, LENGTH),
    requests: new Plot("Requests", [""], perSecond, LENGTH),
    rows: new Plot("Rows", [""], perSecond, LENGTH),
    errors: new Plot("Errors", [""], perSecond, LENGTH),
  };
  at("plots").replaceChildren(...Object.values(plots).map(({ element }) => element));
  let readings = [];
  let paused = false;

  const look = async () => {
    const answer = await ask("metrics");
    const works = answer.status === 200;
    at("plots").hidden = !works && answer.status !== 0;
    at("elsewhere").hidden = works;
    if (works) {
      readings = [...readings, { seconds: performance.now() / 1e3, samples: read(answer.text, NAMES) }].slice(-WINDOW);
      if (readings.length > 1) for (const [name, values] of Object.entries(measure(readings))) plots[name].add(values);
    } else {
      readings = [];
      const said = ELSEWHERE[answer.status] || `The metrics could not be read (${answer.status}).`;
      if (at("elsewhere").textContent !== said) at("elsewhere").replaceChildren(make("span", {}, said));
    }
    onTick(answer.status);
  };

  const turn = async () => {
    if (!paused && !document.hidden) await look();
    else readings = [];
    setTimeout(turn, PERIOD_MS);
  };
  at("pause").addEventListener("click", () => {
    paused = !paused;
    at("pause").textContent = paused ? "Go on" : "Pause";
  });
  turn();
};
