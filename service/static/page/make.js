// Building the page's elements; text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** Find an element by its id. */
export const at = (id) => document.getElementById(id);

/**
 * Make an element.
 * @param {string} name tag, with classes behind dots: "td.number"
 * @param {object} attributes
 * @param {...(Node|string)} children
 */
export const make = (name, attributes = {}, ...children) => fill(document.createElement(name.split(".")[0]), name, attributes, children);

/** Make an element of a picture. */
export const draw = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name.split(".")[0]), name, attributes, children);

const fill = (element, name, attributes, children) => {
  element.classList.add(...name.split(".").slice(1));
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

/** Make a table: a caption for who cannot see it, heads, and rows of texts, numbers or elements. */
export const table = (caption, heads, rows) =>
  make("table", {}, make("caption.unseen", {}, caption),
    make("thead", {}, make("tr", {}, ...heads.map((head, place) => make(typeof rows[0]?.[place] === "number" ? "th.number" : "th", { scope: "col" }, head)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell) =>
      typeof cell === "number" ? make("td.number", {}, cell.toLocaleString("en")) : make("td", {}, cell))))));
