// Lines over time, small.

import { draw, make } from "./make.js";

const WIDTH = 300;
const HEIGHT = 64;

/** A round number at or above the largest value: the top of the plot. */
export const top = (most) => {
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((first) => first * power).find((round) => round >= most * 0.999999);
};

/** Points of the unbroken stretches of a line; where nothing was measured there is a gap. */
export const stretches = (values, length, most) => {
  const found = [[]];
  values.forEach((value, place) => {
    if (value === null) found.push([]);
    else found.at(-1).push(`${(WIDTH * (length - values.length + place) / (length - 1)).toFixed(1)},${(HEIGHT - 2 - (HEIGHT - 4) * value / most).toFixed(1)}`);
  });
  return found.filter((points) => points.length);
};

/** One plot: figures of the newest values, and their lines. */
export class Plot {
  /**
   * @param {string} title
   * @param {string[]} lines names of its lines; one without a name stands for itself
   * @param {function(number): string} format of a value with its unit
   * @param {number} length how many values a line has at most
   */
  constructor(title, lines, format, length) {
    this.lines = lines;
    this.format = format;
    this.length = length;
    this.values = lines.map(() => []);
    this.figures = lines.map((name) => make("dd", { "data-figure": `${title} ${name}`.trim() }, "–"));
    this.picture = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    this.most = make("span.most", { "aria-hidden": "true" });
    this.element = make("section.plot", {}, make("h3", {}, title),
      make("dl.figures", {}, ...lines.map((name, place) => make("div", {}, make(name ? `dt.line${place}` : "dt.unseen", {}, name || "now"), this.figures[place]))),
      make("div.canvas", {}, this.picture, this.most));
  }

  /** Add the newest values, `null` for what was not measured. */
  add(newest) {
    newest.forEach((value, place) => {
      this.values[place].push(value);
      this.values[place].splice(0, this.values[place].length - this.length);
      this.figures[place].textContent = value === null ? "–" : this.format(value);
    });
    const most = top(Math.max(0, ...this.values.flat().filter((value) => value !== null)));
    this.most.textContent = this.format(most);
    this.picture.replaceChildren(...this.values.flatMap((values, place) => stretches(values, this.length, most).map((points) =>
      points.length > 1
        ? draw(`polyline.line${place}`, { points: points.join(" "), "vector-effect": "non-scaling-stroke" })
        : draw(`polyline.line${place}`, { points: `${points[0]} ${points[0]}`, "vector-effect": "non-scaling-stroke", "stroke-linecap": "round" }))));
  }
}
