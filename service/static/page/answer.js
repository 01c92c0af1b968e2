// The answer to a request: scores, and where its time and its rows came from.

import { bars } from "./bars.js";
import { readExplanation, readTiming } from "./fields.js";
import { make, table } from "./make.js";

const TIERS = { l1: "L1, in this process", redis: "Redis", table: "The release's table" };
const ABSENCES = { pruned: "Pruned in training: a row of zeros", unseen: "Not seen in training: the field's common row", unavailable: "Asked of a tier that failed" };
const UNITS = { l1: "values", redis: "levels", table: "values" };

const ms = (time) => `${time < 10 ? time.toFixed(2) : time.toFixed(1)} ms`;

const share = (part) => part < 0.01 ? "< 1%" : `${Math.round(100 * part)}%`;

const fact = (name, value, kind = "") => make("div.fact", {}, make("dt", {}, name), make(kind ? `dd.${kind}` : "dd", {}, value));

const factsOf = (prediction, timing, answer, explanation) => {
  const why = explanation?.reasons.length ? `yes: ${explanation.reasons.join(", ")}` : "yes";
  return make("dl.facts", {},
    fact("Model", prediction.model),
    fact("Version", prediction.version),
    fact("Rows", prediction.probabilities.length.toLocaleString("en")),
    fact("In the gateway", ms(timing.total)),
    fact("Seen from here", ms(answer.ms)),
    fact("Degraded", prediction.degraded ? why : "no", prediction.degraded ? "bad" : "good"));
};

const timesOf = (timing) => {
  const whole = make("div.stages", { "aria-hidden": "true" });
  const rows = timing.stages.map(({ name, ms: time }) => {
    const part = make(`div.stage.${name}`, { title: `${name} ${ms(time)}` });
    part.style.flexGrow = time;
    whole.append(part);
    return [make("span", {}, make(`span.swatch.${name}`, { "aria-hidden": "true" }), name), make("span.figure", {}, ms(time)),
      make("span.figure", {}, share(time / timing.total))];
  });
  return make("section", {}, make("h3", {}, "Where the time went"), whole, table("Time by stage", ["Stage", "Time", "Share"], rows));
};

const rowsOf = (explanation) => {
  const tiers = explanation.tiers.map(({ name, hits, misses }) => [TIERS[name] || name, hits, misses, UNITS[name] || ""]);
  const absences = explanation.absences.map(({ name, count }) => [ABSENCES[name] || name, count]);
  return make("section", {}, make("h3", {}, "Where the embedding rows came from"),
    table("Tiers", ["Tier", "Had", "Had not", "of"], tiers), table("Absences", ["Without a row of their own", "Values"], absences));
};

/**
 * Make the picture of a 200.
 * @param {object} prediction its body
 * @param {object} answer with its headers
 * @param {string[]} names of the rows
 * @param {boolean} byScore
 */
export const answerOf = (prediction, answer, names, byScore) => {
  const timing = readTiming(answer.headers.get("server-timing"));
  const explanation = readExplanation(answer.headers.get("x-dynint-explain"));
  return [
    factsOf(prediction, timing, answer, explanation),
    bars(prediction.probabilities, names, byScore),
    make("div.pair", {}, timesOf(timing), explanation ? rowsOf(explanation) : ""),
    make("p.quiet", {}, "Request ", make("code", {}, prediction.request_id)),
  ];
};
