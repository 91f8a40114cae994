/** The OpenAPI 3.1 document, made of the routes: what is served is what it describes. */
import { z } from 'zod';
import { errorSchema } from './failure.js';
import { accountInPath } from './identifiers.js';
import type { JsonSchema } from './parameters.js';
import { apiVersion } from './paths.js';
import type { Route } from './route.js';

type Json = Readonly<Record<string, unknown>>;

export type OpenApi = {
  readonly openapi: '3.1.0';
  readonly info: Json;
  readonly servers: readonly Json[];
  readonly security: readonly Json[];
  readonly tags: readonly Json[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>>; readonly securitySchemes: Json };
};

export type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: 'path' | 'query';
    readonly required: boolean;
    readonly description: string;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { schema: JsonSchema }>>;
  };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Json; readonly headers?: Json }>
  >;
};

const everyRefusal = [401, 404, 429, 503] as const;

const meanings: Readonly<Record<number, string>> = {
  400: 'A parameter is wrong, or what is asked cannot be done now.',
  401: 'No account and token that belong together.',
  403: 'Not allowed to this account.',
  404: 'Not there, or not of this account.',
  422: 'In no state for it.',
  429: 'Too much was asked.',
  503: 'The daemon cannot do it now.',
};

/** Schemas that have an id become components; what points to them does so by reference. */
class Components {
  readonly schemas: Record<string, JsonSchema> = {};

  reference(schema: z.ZodType): JsonSchema {
    const { $schema: _, $defs = {}, ...made } = z.toJSONSchema(schema);
    for (const [name, definition] of Object.entries($defs)) this.#add(name, definition);
    const { id } = schema.meta() ?? {};
    if (id === undefined) return relocated(made);
    // With others in it, its own definition is among theirs.
    if (!(id in $defs)) this.#add(id, made);
    return { $ref: `#/components/schemas/${id}` };
  }

  #add(name: string, definition: unknown): void {
    const { id: _, ...schema } = definition as { readonly id?: string };
    this.schemas[name] = relocated(schema);
  }
}

const relocated = (schema: unknown): JsonSchema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));

export function openApiOf(routes: readonly Route[], version: string): OpenApi {
  const components = new Components();
  const error = { 'application/json': { schema: components.reference(errorSchema) } };
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = `/Accounts/{AccountSid}${route.path}.json`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, components, error) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version,
      description:
        'Conferences, their participants and their calls, as the REST APIs of SignalWire and Twilio have them. The ' +
        'suffix `.json` may be left out. Parameters are sent as a form, as a JSON object or in the query.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [`/api/laml/${apiVersion}`, `/${apiVersion}`].map((url) => ({ url })),
    security: [{ basic: [] }, { bearer: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic', description: 'The sid of the account, and a token of it.' },
        bearer: { type: 'http', scheme: 'bearer', description: 'A token of the account.' },
      },
    },
  };
}

function operationOf(route: Route, components: Components, error: Json): Operation {
  const { status, schema } = route.answer;
  const inPath = Object.entries({ ...accountInPath, ...route.pathParameters }).map(([name, parameter]) => ({
    ...({ name, in: 'path', required: true } as const),
    ...parameter,
  }));
  const isBody = route.method === 'POST';
  const inQuery = Object.entries(isBody ? {} : route.parameters).map(([name, { description, schema: of }]) => ({
    ...({ name, in: 'query', required: false, description, schema: of } as const),
  }));
  const ofPages = Object.entries(route.pageParameters).map(([name, { description = '', ...of }]) => ({
    ...({ name, in: 'query', required: false, description: String(description), schema: of } as const),
  }));
  const refusals = [...new Set([...everyRefusal, ...route.refusals])].sort((one, other) => one - other);
  return {
    operationId: route.id,
    summary: route.summary,
    description: route.description,
    tags: [route.tag],
    parameters: [...inPath, ...inQuery, ...ofPages],
    ...(isBody ? { requestBody: bodyOf(route) } : {}),
    responses: {
      [status]:
        schema === null
          ? { description: 'Done.' }
          : { description: 'Done.', content: { 'application/json': { schema: components.reference(schema) } } },
      ...Object.fromEntries(
        refusals.map((refusal) => [
          refusal,
          {
            description: meanings[refusal] ?? 'Refused.',
            content: error,
            ...(refusal === 429
              ? { headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } } }
              : {}),
          },
        ]),
      ),
    },
  };
}

function bodyOf({ parameters }: Route): NonNullable<Operation['requestBody']> {
  const properties = Object.fromEntries(
    Object.entries(parameters).map(([name, { description, schema }]) => [name, { ...schema, description }]),
  );
  const required = Object.keys(parameters).filter((name) => parameters[name]?.isRequired === true);
  const schema = { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
  return {
    required: required.length > 0,
    content: { 'application/x-www-form-urlencoded': { schema }, 'application/json': { schema } },
  };
}
