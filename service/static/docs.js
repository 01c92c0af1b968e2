"use strict";

const make = (name, text = "", children = []) => {
  const element = document.createElement(name);
  element.textContent = text;
  element.append(...children);
  return element;
};

const operation = (path, method, about) => {
  const summary = make("summary", "", [make("b", method.toUpperCase()), ` ${path} `, make("span", about.summary || "")]);
  const rows = Object.entries(about.responses).map(([status, response]) =>
    make("tr", "", [make("td", status), make("td", response.description)]));
  const parts = [summary, make("p", about.description || "")];
  if (about.requestBody) parts.push(make("h4", "Body"), make("pre", JSON.stringify(about.requestBody.content, null, 2)));
  parts.push(make("h4", "Answers"), make("table", "", rows));
  return make("details", "", parts);
};

const show = async () => {
  const document_ = await (await fetch("/openapi.json")).json();
  document.getElementById("title").textContent = `${document_.info.title} ${document_.info.version}`;
  for (const [path, operations] of Object.entries(document_.paths))
    for (const [method, about] of Object.entries(operations))
      document.getElementById("paths").append(operation(path, method, about));
  for (const [name, schema] of Object.entries(document_.components.schemas))
    document.getElementById("schemas").append(
      make("details", "", [make("summary", name), make("pre", JSON.stringify(schema, null, 2))]));
  const { models } = await (await fetch("/v1/models")).json();
  document.getElementById("body").value = JSON.stringify({ instances: [models[0].example] }, null, 1);
};

document.getElementById("try").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = document.getElementById("answer");
  const response = await fetch("/predict", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: document.getElementById("body").value,
  });
  const timing = response.headers.get("server-timing") || "";
  answer.textContent = `${response.status}  ${timing}\n${JSON.stringify(await response.json(), null, 2)}`;
});

show();
