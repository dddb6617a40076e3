import { z } from 'zod';
import own from '../../package.json' with { type: 'json' };
import { describeError, type ErrorCode } from '../errors.ts';
import { Failure } from '../wire/schemas.ts';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of a route list: the same schemas that check the requests. */
export function openApi(routes: Route[]): Json {
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
    responses: {
      200: { description: 'Done.', content: content(route.answer) },
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

/** Every code a route can answer: its own and those of its kind. */
function errorsOf(route: Route): ErrorCode[] {
  const codes: ErrorCode[] = ['INVALID_REQUEST', 'MALFORMED_REQUEST', 'TOO_MANY_REQUESTS', 'INTERNAL'];
  if (!route.unlimited) codes.push('OVERLOADED');
  if (route.who === 'user') codes.push('UNAUTHENTICATED');
  if (route.self) codes.push('NOT_YOU');
  if (route.body) codes.push('MALFORMED_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_BODY', 'REQUEST_TIMEOUT');
  return [...codes, ...route.errors];
}

function errorsByStatus(route: Route): Map<number, ErrorCode[]> {
  return Map.groupBy(errorsOf(route), (code) => describeError(code).status);
}

function sentence(code: ErrorCode): string {
  return `\`${code}\` ${describeError(code).sentence}`;
}

function parameters(route: Route, schemas: Json): Json[] {
  const example = (route.body ? (route.exampleAddress ?? {}) : (route.example ?? {})) as Json;
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

/** A schema as it stands in the document; named ones go to `schemas` and are referred to. */
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
  return `${method}${path.replace(/[/:-]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
}

function isEmpty(example: unknown): boolean {
  return typeof example === 'object' && example !== null && Object.keys(example).length === 0;
}
