// What went wrong, readably.

import { parsed } from "./ask.js";
import { make, table } from "./make.js";

const HINTS = {
  401: "This gateway wants a key: put it into the field API key.",
  403: "The key is not known here, or was withdrawn.",
};

/** Make the picture of an answer that is not 200. */
export const refusal = (answer) => {
  if (answer.status === 0)
    return make("div.refusal", {}, make("h3", {}, "No answer"),
      make("p", {}, "The gateway could not be reached. Does it still run?"));
  const problem = parsed(answer);
  if (problem === null || typeof problem.title !== "string")
    return make("div.refusal", {}, make("h3", {}, `${answer.status}: not an answer of the gateway's`),
      make("pre", {}, answer.text.slice(0, 500)));
  const parts = [make("h3", {}, `${answer.status}: ${problem.title}`), make("p", {}, problem.detail || "")];
  if (HINTS[answer.status]) parts.push(make("p", {}, HINTS[answer.status]));
  if (problem.errors?.length)
    parts.push(table("What breaks the schema", ["Where", "Field", "Rule", "Received"],
      problem.errors.map(({ pointer, field, rule, received }) => [make("code", {}, pointer), field, rule, received])));
  if (problem.more_errors) parts.push(make("p.quiet", {}, "There are more."));
  const after = answer.headers.get("retry-after");
  if (after) parts.push(make("p", {}, `Try again in ${after} s.`));
  if (problem.request_id) parts.push(make("p.quiet", {}, "Request ", make("code", {}, problem.request_id)));
  return make("div.refusal", {}, ...parts);
};
