// Requests to begin with, made from the live release's fields. Their values are made up.

const ROWS = 10;

const value = (field, row) => field.kind === "numeric" ? row * row : `example ${row}`;

const rowOf = (fields, row) => Object.fromEntries(fields.map((field) => [field.name, value(field, row)]));

/**
 * List the requests that can be picked.
 * @param {{name: string, kind: string, side: string}[]} fields of the live release; none if it is not known
 * @returns {{name: string, body: object}[]}
 */
export const examplesOf = (fields) => {
  const rows = Array.from({ length: ROWS }, (_, row) => rowOf(fields, row + 1));
  const context = fields.filter(({ side }) => side === "context");
  const candidate = fields.filter(({ side }) => side === "candidate");
  return [
    { name: "One context, ten candidates (ranking)", body: {
      context: rowOf(context, 1), candidates: rows.map((_, row) => rowOf(candidate, row + 1)) } },
    { name: "One impression", body: { instances: rows.slice(0, 1) } },
    { name: "Ten impressions", body: { instances: rows } },
    { name: "Ten impressions, as columns", body: {
      columns: Object.fromEntries(fields.map((field) => [field.name, rows.map((row) => row[field.name])])) } },
  ];
};

/** Write a request as people read it: one line for each row or column. */
export const write = (body) => {
  const line = (row) => `{${Object.entries(row).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(", ")}}`;
  const entries = Object.entries(body).map(([key, part]) => {
    if (Array.isArray(part)) return `  "${key}": [\n${part.map((row) => `    ${line(row)}`).join(",\n")}\n  ]`;
    if (key !== "columns") return `  "${key}": ${line(part)}`;
    const columns = Object.entries(part).map(([name, values]) => `    ${JSON.stringify(name)}: [${values.map((each) => JSON.stringify(each)).join(", ")}]`);
    return `  "${key}": {\n${columns.join(",\n")}\n  }`;
  });
  return `{\n${entries.join(",\n")}\n}`;
};

/** The rows of a request, for labels; empty if it is no request. */
export const rowsOf = (text) => {
  try {
    const body = JSON.parse(text);
    if (Array.isArray(body.instances)) return body.instances;
    if (Array.isArray(body.candidates)) return body.candidates;
    const columns = Object.entries(body.columns);
    return columns[0][1].map((_, row) => Object.fromEntries(columns.map(([name, values]) => [name, values[row]])));
  } catch {
    return [];
  }
};

/** Name each row by its values in the first fields in which rows differ. */
export const namesOf = (rows, most = 3) => {
  if (rows.length < 2) return rows.map(() => "");
  const fields = [...new Set(rows.flatMap((row) => Object.keys(row || {})))];
  const differing = fields.filter((field) => rows.some((row) => row?.[field] !== rows[0]?.[field])).slice(0, most);
  return rows.map((row) => differing.map((field) => `${field} ${row?.[field] ?? "missing"}`).join(" · "));
};
