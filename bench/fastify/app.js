// Fastify, given the schemas of the description: `node app.js PORT DESCRIPTION.json`.

import { readFileSync } from "node:fs";
import Fastify from "fastify";

const [port, file] = process.argv.slice(2);
const description = JSON.parse(readFileSync(file, "utf-8"));

const amount = (order) => {
  let sum = 0;
  for (const line of order.items) sum += line.quantity * line.unit_price;
  return order.discount === undefined ? sum : sum * (1 - order.discount / 100);
};

const handlers = {
  ping: async () => ({}),
  get_item: async ({ params, query }) => ({
    id: params.id, name: "thing", price: 9.5, active: true, tags: ["a", "b"], verbose: query.verbose,
  }),
  post_order: async ({ body }) => ({ ...body, order_id: 1, state: "accepted", total: amount(body) }),
  post_bulk: async ({ body }) => ({ count: body.items.length, total: amount(body) }),
};
const one = async ({ params }) => ({ id: params.id });
const every = async () => ({ ok: true });

// A reference to another part of the description becomes one to a schema that Fastify knows by name.
const local = (value) => {
  if (Array.isArray(value)) return value.map(local);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.$ref === "string") return { $ref: `${value.$ref.split("/").pop()}#` };
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, local(member)]));
};

const json = (holder) => local(holder.content["application/json"].schema);

const parameters = (operation, place) => {
  const found = (operation.parameters ?? []).filter((one) => one.in === place);
  return found.length === 0 ? undefined : {
    type: "object",
    required: found.filter((one) => one.required).map((one) => one.name),
    properties: Object.fromEntries(found.map((one) => [one.name, one.schema])),
  };
};

// Fastify would take members out that a closed schema does not name; here they are a mistake, as in every other app.
const app = Fastify({ ajv: { customOptions: { removeAdditional: false } } });
for (const [name, schema] of Object.entries(description.components.schemas)) app.addSchema({ $id: name, ...local(schema) });
for (const [path, operations] of Object.entries(description.paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    const schema = {
      params: parameters(operation, "path"),
      querystring: parameters(operation, "query"),
      body: operation.requestBody && json(operation.requestBody),
      response: { 200: { ...json(operation.responses[200]) } },
    };
    for (const part of Object.keys(schema)) if (schema[part] === undefined) delete schema[part];
    app.route({
      method: method.toUpperCase(),
      url: path.replaceAll(/\{(\w+)\}/g, ":$1"),
      schema,
      handler: handlers[operation.operationId] ?? (path.includes("{") ? one : every),
    });
  }
}
await app.listen({ host: "127.0.0.1", port: Number(port) });
