import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Operation = {
  operationId: string;
  parameters: { name: string; in: string; required: boolean; schema: object; example?: unknown }[];
  requestBody?: {
    content: {
      'application/json'?: { schema: object; example?: unknown };
      'application/octet-stream'?: object;
    };
  };
  responses: Record<
    string,
    { content?: { 'application/json'?: { schema: object }; 'application/octet-stream'?: object } }
  >;
};
export type Document = { paths: Record<string, Record<string, Operation>> };
export type Described = { method: string; path: string; operation: Operation };

/** Every operation of an API document. */
export function operationsOf(document: Document): Described[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
}

/** Returns a function that names an undocumented status or a body off its schema, and otherwise returns undefined. */
export function answerChecker(
  document: Document,
): (d: Described, status: number, body: unknown) => string | undefined {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  addFormats.default(ajv);
  ajv.addFormat('base64', /^[A-Za-z0-9+/]*={0,2}$/);
  ajv.addSchema(document, 'api');
  const validators = new Map<string, ValidateFunction>();
  const pointer = (text: string) => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));

  return ({ method, path, operation }, status, body) => {
    const answer = operation.responses[status];
    if (!answer) return `${method} ${path} answered the undocumented status ${status}`;
    if (!answer.content) return body === undefined ? undefined : `${method} ${path} ${status} has a body`;
    if (answer.content['application/octet-stream']) {
      return Buffer.isBuffer(body) ? undefined : `${method} ${path} ${status} has no bytes`;
    }
    const ref = `api#/paths/${pointer(path)}/${method}/responses/${status}/content/application~1json/schema`;
    const validate = validators.get(ref) ?? ajv.compile({ $ref: ref });
    validators.set(ref, validate);
    return validate(body) ? undefined : `${method} ${path} ${status}: ${ajv.errorsText(validate.errors)}`;
  };
}
