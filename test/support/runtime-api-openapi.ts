import assert from "node:assert/strict";
import Ajv, { type ValidateFunction } from "../../images/runtime-api/node_modules/ajv/dist/2020";

interface Described {
  responses: Record<string, { headers?: Record<string, unknown>; content: Record<string, { schema: object }> }>;
}

export interface Document {
  paths: Record<string, Record<string, Described>>;
  components: object;
}

/** An answer as it came. */
export interface Answer {
  statusCode: number;
  headers: Record<string, unknown>;
  body: string;
}

/** Asserts that answers are in the service's own OpenAPI document: status, headers, media type, body. */
export function conformity(document: Document): (method: string, url: string, answer: Answer) => void {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: "document", components: document.components });
  const compiled = new Map<object, ValidateFunction>();
  const validator = (response: Described["responses"][string]): ValidateFunction => {
    const schema = JSON.stringify(response.content["application/json"]?.schema).replaceAll('"#/', '"document#/');
    const made = compiled.get(response) ?? ajv.compile(JSON.parse(schema) as object);
    compiled.set(response, made);
    return made;
  };
  const paths = Object.entries(document.paths).map(([path, methods]) => {
    return [new RegExp(`^${path.replace(/{\w+}/g, "[^/]+")}$`), methods] as const;
  });
  return (method, url, { statusCode, headers, body }) => {
    const [path = ""] = url.split("?");
    const methods = paths.find(([pattern]) => pattern.test(path))?.[1];
    const described = methods?.[(method === "HEAD" ? "GET" : method).toLowerCase()];
    // A path or method that is not described is for the failures that it is described with elsewhere.
    if (described === undefined) return assert.ok([400, 401, 403, 404, 405, 429].includes(statusCode), `${statusCode}`);
    const response = described.responses[statusCode];
    assert.ok(response, `${method} ${path}: ${statusCode} is not in the document: ${body.slice(0, 200)}`);
    for (const name of Object.keys(response.headers ?? {}))
      assert.ok(headers[name.toLowerCase()], `${method} ${path} ${name}`);
    assert.match(String(headers["content-type"]), /^application\/json/);
    if (method === "HEAD") return;
    const validate = validator(response);
    assert.ok(validate(JSON.parse(body)), `${method} ${path} ${statusCode} ${ajv.errorsText(validate.errors)}`);
  };
}
