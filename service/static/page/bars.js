// Scores as bars.

import { make } from "./make.js";

const MOST = 200;

/** A probability in four significant digits. */
export const digits = (probability) => probability === 0 ? "0" : probability < 1e-4 ? probability.toExponential(2) : String(Number(probability.toPrecision(4)));

/** Places of the rows by falling probability; equal ones keep their order. */
export const ranked = (probabilities) => probabilities.map((_, place) => place).sort((a, b) => probabilities[b] - probabilities[a] || a - b);

/**
 * Make the table of scores; the longest bar is the largest probability.
 * @param {number[]} probabilities
 * @param {string[]} names of the rows
 * @param {boolean} byScore whether the best come first, else the request's order is kept
 */
export const bars = (probabilities, names, byScore) => {
  const most = Math.max(...probabilities, Number.MIN_VALUE);
  const places = (byScore ? ranked(probabilities) : probabilities.map((_, place) => place)).slice(0, MOST);
  const rows = places.map((place) => {
    const bar = make("div.bar");
    bar.style.width = `${100 * probabilities[place] / most}%`;
    const name = names[place] || "";
    return make("tr", {},
      make("th.place", { scope: "row" }, `${place + 1}`),
      make("td.name", { title: name }, name),
      make("td.track", { "aria-hidden": "true" }, bar),
      make("td.number", { title: String(probabilities[place]), "data-probability": probabilities[place] }, digits(probabilities[place])));
  });
  const shown = make("table.scores", {}, make("caption.unseen", {}, "Click probabilities"),
    make("colgroup", {}, ...["place", "name", "track", "number"].map((name) => make(`col.${name}`))),
    make("thead", {}, make("tr", {}, make("th.place", { scope: "col" }, "Row"), make("th", { scope: "col" }, names.some(Boolean) ? "Values that differ" : ""),
      make("td", { "aria-hidden": "true" }), make("th.number", { scope: "col" }, "Probability"))),
    make("tbody", {}, ...rows));
  const left = probabilities.length - rows.length;
  return left > 0 ? make("div", {}, shown, make("p.quiet", {}, `and ${left.toLocaleString("en")} more rows`)) : shown;
};
