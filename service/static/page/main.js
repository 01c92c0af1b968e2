// The page for people: a request, its answer, and how the gateway does.

import { answerOf } from "./answer.js";
import { addressOf, ask, hasKey, parsed, predict, setKey } from "./ask.js";
import { curl } from "./curl.js";
import { examplesOf, namesOf, rowsOf, write } from "./examples.js";
import { watch } from "./live.js";
import { at, make } from "./make.js";
import { refusal } from "./refusal.js";

let examples = [];
let known = ""; // the fields that the examples were made from
let shown = null; // the answer that is shown

const chip = (name, value, kind = "") => make(kind ? `span.chip.${kind}` : "span.chip", {}, `${name} `, make("b", {}, value));

const showVersions = (model) => {
  const chips = [model.version ? chip("live", `version ${model.version}`, "good") : chip("live", "none", "bad")];
  if (model.previous) chips.push(chip("previous", model.previous));
  if (model.canary) {
    const { version, share, state, verdict } = model.canary;
    chips.push(chip("canary", `${version}, ${Number((100 * share).toPrecision(3))}%, ${state}`, verdict || state === "failed" || state === "stopped" ? "bad" : "trial"));
  }
  at("model").textContent = model.name;
  const before = at("versions").textContent;
  if (make("p", {}, ...chips).textContent !== before) at("versions").replaceChildren(...chips);
};

const pick = () => { at("body").value = write(examples[at("example").selectedIndex].body); };

const showExamples = (fields) => {
  const now = JSON.stringify(fields);
  if (now === known) return;
  const untouched = !examples.length || at("body").value === write(examples[Math.max(0, at("example").selectedIndex)].body);
  const chosen = Math.max(0, at("example").selectedIndex);
  known = now;
  examples = examplesOf(fields);
  at("example").replaceChildren(...examples.map(({ name }) => make("option", {}, name)));
  at("example").selectedIndex = chosen;
  if (untouched) pick();
};

const lookAtModels = async () => {
  const answer = await ask("v1/models");
  const model = answer.status === 200 ? parsed(answer)?.models?.[0] : null;
  if (model) {
    showVersions(model);
    showExamples(model.fields);
    return;
  }
  at("versions").replaceChildren(chip("versions", { 0: "no answer", 401: "want a key", 403: "key not known", 404: "not on this port" }[answer.status] || `status ${answer.status}`, answer.status ? "" : "bad"));
  if (!examples.length) showExamples([]);
};

const render = () => {
  if (shown === null) return;
  const { answer, prediction, names } = shown;
  at("answer").replaceChildren(...(prediction ? answerOf(prediction, answer, names, at("by-score").checked) : [refusal(answer)]));
  at("order").hidden = !(prediction?.probabilities.length > 1);
};

const send = async () => {
  const text = at("body").value;
  at("send").disabled = true;
  at("said").textContent = "Asking …";
  const answer = await predict(text);
  const prediction = answer.status === 200 ? parsed(answer) : null;
  shown = { answer, prediction, names: prediction ? namesOf(rowsOf(text)) : [] };
  render();
  at("said").textContent = prediction
    ? `Answered: ${prediction.probabilities.length} ${prediction.probabilities.length === 1 ? "probability" : "probabilities"} by version ${prediction.version}.`
    : answer.status ? `Refused with ${answer.status}.` : "No answer.";
  at("send").disabled = false;
};

const copy = async () => {
  const command = curl(addressOf("predict"), at("body").value, hasKey());
  at("command").value = command;
  at("command-shown").hidden = false;
  try {
    await navigator.clipboard.writeText(command);
    at("said").textContent = "Copied the command.";
  } catch { // only pages from this machine or over https may write to the clipboard
    at("command").select();
    at("said").textContent = "The command is selected: copy it.";
  }
};

at("try").addEventListener("submit", (event) => { event.preventDefault(); if (!at("send").disabled) send(); });
at("body").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("try").requestSubmit();
});
at("example").addEventListener("change", pick);
at("key").addEventListener("input", () => setKey(at("key").value));
at("copy").addEventListener("click", copy);
for (const id of ["by-score", "by-place"]) at(id).addEventListener("change", render);

watch((status) => {
  for (const link of document.querySelectorAll("[data-admin]")) link.hidden = status === 404;
  lookAtModels();
});
lookAtModels();
