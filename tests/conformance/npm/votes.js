// Reads a JSON value a line from stdin, answers each with one on stdout:
// {document: {$schema, definitions}}            -> {}                     what the next ones are about
// {reference: "#/definitions/s1", values: [..]} -> {votes: [true, ...], faults: ["format: date", null, ...]}
//                                                  or {error: why it is no schema for ajv}
import { createInterface } from "node:readline";
import Ajv2020 from "ajv/dist/2020.js";
import Ajv04 from "ajv-draft-04";
import addFormats from "ajv-formats";

// Annex B of ECMA-262 allows more without the flag, as description authors do
function regExp(pattern) {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return new RegExp(pattern);
  }
}
regExp.code = "regExp";

const options = {
  strict: false,
  validateSchema: false,
  logger: false,
  inlineRefs: false,
  multipleOfPrecision: 9,
  code: { regExp },
};

let ajv;
let validators;

function answer({ document, reference, values }) {
  if (document) {
    ajv = document.$schema.includes("2020") ? new Ajv2020.default(options) : new Ajv04.default(options);
    addFormats.default(ajv);
    // ajv-formats lets a space stand for the T; RFC 3339, 5.6, has T, and t
    const dateTime = ajv.formats["date-time"].validate;
    ajv.addFormat("date-time", (text) => !/^.{10}\s/.test(text) && dateTime(text));
    ajv.addSchema({ ...document, [document.$schema.includes("2020") ? "$id" : "id"]: "http://oracle.invalid/it" });
    validators = {};
    return {};
  }
  try {
    validators[reference] ??= ajv.compile({ $ref: `http://oracle.invalid/it${reference}` });
  } catch (error) {
    return { error: String(error.message).slice(0, 300) };
  }
  const votes = [];
  const faults = [];
  for (const value of values) {
    const valid = validators[reference](value);
    votes.push(valid);
    faults.push(valid ? null : validators[reference].errors.map((one) => [one.keyword, one.params.format ?? ""]));
  }
  return { votes, faults };
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let reply;
  try {
    reply = answer(JSON.parse(line));
  } catch (error) {
    reply = { error: String(error.stack).slice(0, 500) };
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
}
