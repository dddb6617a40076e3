import type { Express, RequestHandler } from 'express';
import swagger from 'swagger-ui-express';
import { z } from 'zod';
import own from '../../package.json' with { type: 'json' };
import { ApiError, describeError, type ErrorCode } from '../errors.ts';
import { Failure } from '../wire/common.ts';
import { Bytes, StreamedBytes } from './byte-answer.ts';
import { RedirectAnswer } from './redirect.ts';
import { type Route, storesContent } from './route.ts';

type Json = Record<string, unknown>;

/**
 * Swagger UI has inline styles and data images, and sends requests to this origin only. It shows descriptions as HTML: the
 * policies for that are its sanitizer's (dompurify) and TRUSTED_TYPES.
 */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types dompurify default";

/** Lets through what a description is made of, tags without attributes; any other tag becomes text. */
const TRUSTED_TYPES = `globalThis.trustedTypes?.createPolicy('default', {
  createHTML: (html) => html.replace(/<(?!\\/?(?:p|code|strong|em|pre|br|ul|ol|li)>)/g, '&lt;'),
});
`;

/** Pages of the swagger-ui package that show an example API. */
const EXAMPLE_PAGES = ['/api-docs/index.html', '/api-docs/swagger-initializer.js'];

/** The answers of a route that answers with bytes. */
const BYTES = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
const BYTE_RESPONSES: Json = {
  200: { description: 'All bytes, with a Content-Type that their first bytes decide.', content: BYTES },
  206: { description: 'The one range of the header Range (RFC 9110 §14).', content: BYTES },
};

/** Serves the API document at /api-docs.json and Swagger UI, with Authorize and Try it out, at /api-docs. */
export function mountDocs(app: Express, routes: Route[]): void {
  // Built on the first request: most servers never get one, and it takes half a megabyte.
  let built: { document: ReturnType<typeof openApi>; page: RequestHandler } | undefined;
  const docs = () => {
    if (built) return built;
    const document = openApi(routes);
    built = {
      document,
      page: swagger.setup(document, { customSiteTitle: 'Bisik API', customJs: './trusted-types.js' }),
    };
    return built;
  };
  const prepare: RequestHandler = (request, response, next) => {
    response.setHeader('Content-Security-Policy', POLICY);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    if (!['GET', 'HEAD'].includes(request.method)) {
      response.setHeader('Allow', 'GET, HEAD');
      throw new ApiError('METHOD_NOT_ALLOWED');
    }
    if (EXAMPLE_PAGES.includes(request.path)) throw new ApiError('NOT_FOUND');
    // An unsatisfiable range would be an error that the API document does not list.
    delete request.headers.range;
    next();
  };
  // swagger.serve answers the script of the last swagger.setup, so that must have run.
  const ready: RequestHandler = (_request, _response, next) => {
    docs();
    next();
  };
  app.all(['/api-docs', '/api-docs.json', '/api-docs/{*path}'], prepare);
  app.get('/api-docs.json', (_request, response) => {
    response.json(docs().document);
  });
  app.get('/api-docs/trusted-types.js', (_request, response) => {
    response.type('js').send(TRUSTED_TYPES);
  });
  app.use('/api-docs', ready, swagger.serve);
  app.get('/api-docs/', (request, response, next) => docs().page(request, response, next));
}

/** The OpenAPI 3.1 document of the routes, from the schemas that validate the requests. */
function openApi(routes: Route[]): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Bisik chat-core',
      version: own.version,
      description:
        'Log in, press Authorize, paste the token, and try. Put your own ids where the examples have others.',
    },
    servers: [{ url: '/api' }, { url: '/' }],
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

function operation(route: Route, schemas: Json): Json {
  const content = (schema: z.ZodType, example?: unknown) => ({
    'application/json': { schema: jsonSchema(schema, schemas), ...(example !== undefined && { example }) },
  });
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.path.split('/')[1]],
    ...(route.who === 'user' && { security: [{ token: [] }] }),
    parameters: parameters(route, schemas),
    ...(route.body && {
      requestBody: { required: !isEmpty(route.example), content: content(route.body, route.example) },
    }),
    ...(route.maxBodyBytes !== undefined && {
      requestBody: {
        required: true,
        description: `up to ${route.maxBodyBytes / 1024} KiB`,
        // OpenAPI 3.1 describes binary content by a media type without a schema of its own.
        content: { 'application/octet-stream': {} },
      },
    }),
    responses: {
      ...successOf(route, content),
      ...(route.empty && { 204: { description: route.empty } }),
      ...Object.fromEntries(
        [...errorsByStatus(route)].map(([status, codes]) => [
          status,
          { description: codes.map(sentence).join('\n\n'), content: content(Failure) },
        ]),
      ),
    },
  };
}

function successOf(route: Route, content: (schema: z.ZodType) => Json): Json {
  if (route.answer === Bytes) return BYTE_RESPONSES;
  if (route.answer === StreamedBytes)
    return { 200: { description: 'The bytes, as they are made.', content: BYTES } };
  if (route.answer === RedirectAnswer) return { 303: { description: 'To the page.' } };
  return { 200: { description: 'Done.', ...answerHeaders(route), content: content(route.answer) } };
}

/** Every error code a route can answer: its own and those of all routes of its kind. */
function errorsOf(route: Route): ErrorCode[] {
  const codes: ErrorCode[] = ['INVALID_REQUEST', 'MALFORMED_REQUEST', 'TOO_MANY_REQUESTS', 'INTERNAL'];
  if (!route.unlimited) codes.push('OVERLOADED', 'STORAGE_UNAVAILABLE');
  if (route.who === 'user') codes.push('UNAUTHENTICATED');
  if (route.who === 'user' && !route.setsUpFactor) codes.push('SECOND_FACTOR_MISSING');
  if (route.self) codes.push('NOT_YOU');
  if (route.isOwners) codes.push('NOT_OWNER');
  if (storesContent(route)) codes.push('DISK_FULL');
  if (storesContent(route) && route.who === 'user') codes.push('DAILY_LIMIT');
  if (route.maxBodyBytes !== undefined) {
    codes.push('BODY_TOO_LARGE', 'UNSUPPORTED_BODY', 'REQUEST_TIMEOUT');
  }
  if (route.body) codes.push('MALFORMED_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_BODY', 'REQUEST_TIMEOUT');
  return [...new Set([...codes, ...route.errors])];
}

function answerHeaders({ answerHeaders = {} }: Route): Json {
  const headers = Object.entries(answerHeaders).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  return headers.length === 0 ? {} : { headers: Object.fromEntries(headers) };
}

function errorsByStatus(route: Route): Map<number, ErrorCode[]> {
  return Map.groupBy(errorsOf(route), (code) => describeError(code).status);
}

function sentence(code: ErrorCode): string {
  return `\`${code}\` ${describeError(code).sentence}`;
}

function parameters(route: Route, schemas: Json): Json[] {
  const example = (route.body ? (route.exampleParams ?? {}) : (route.example ?? {})) as Json;
  const fields = (schema: z.ZodType | undefined, where: string) => {
    const { properties = {}, required = [] } = (schema ? jsonSchema(schema, schemas) : {}) as {
      properties?: Record<string, Json>;
      required?: string[];
    };
    return Object.entries(properties).map(([name, field]) => ({
      name,
      in: where,
      required: required.includes(name),
      schema: field,
      ...(example[name] !== undefined && { example: example[name] }),
    }));
  };
  const headers = Object.entries(route.headers ?? {}).map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));
  return [...fields(route.params, 'path'), ...fields(route.query, 'query'), ...headers];
}

/** A schema as JSON Schema; named ones are added to `schemas` and referred to. */
function jsonSchema(schema: z.ZodType, schemas: Json): Json {
  const {
    $schema: _,
    $defs,
    ...own
  } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Json;
  const renamed = (value: unknown) =>
    JSON.parse(JSON.stringify(value).replaceAll('#/$defs/', '#/components/schemas/'));
  Object.assign(schemas, renamed($defs ?? {}));
  const { id } = own as { id?: string };
  if (id === undefined) return renamed(own);
  schemas[id] = renamed(own);
  return { $ref: `#/components/schemas/${id}` };
}

function operationId({ method, path }: Route): string {
  return `${method}${path.replace(/[/:-]+(\w)/g, (_, first: string) => first.toUpperCase())}`;
}

function isEmpty(example: unknown): boolean {
  return typeof example === 'object' && example !== null && Object.keys(example).length === 0;
}
