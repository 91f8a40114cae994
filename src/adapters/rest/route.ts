/** A route as data: what serves it, what describes it in the OpenAPI document, and what names it in the metrics. */
import type { z } from 'zod';
import type { RestRoute } from '../../app/rest-metrics.js';
import type { AccountSid } from '../../base/brands.js';
import type { Flavour } from '../../base/flavour.js';
import { ok, type Result } from '../../base/result.js';
import type { Trace } from '../../base/trace.js';
import type { RestFailure } from './failure.js';
import { type Listed, listBody, listSchema, type PageRequest, pageParameters, readPageRequest } from './pages.js';
import { type JsonSchema, type Parameters, type ReadParameters, readParameters } from './parameters.js';
import { uriOf } from './paths.js';
import type { Said } from './said.js';

/** What a handler knows of the request it answers. */
export type RestContext = {
  readonly accountSid: AccountSid;
  readonly flavour: Flavour;
  /** Null without a `traceparent` that can be read. */
  readonly trace: Trace | null;
  /** What stands in the path for each name in braces; percent-decoded. */
  readonly path: Readonly<Record<string, string>>;
};

export type Answer = { readonly status: 200 | 201 | 204; readonly body: unknown };

export type PathParameter = { readonly description: string; readonly schema: JsonSchema };

export type Route = {
  readonly id: RestRoute;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the account; names in braces. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  readonly pathParameters: Readonly<Record<string, PathParameter>>;
  readonly parameters: Parameters;
  /** Of pages; empty for what is no list. */
  readonly pageParameters: Readonly<Record<string, JsonSchema>>;
  readonly answer: { readonly status: Answer['status']; readonly schema: z.ZodType | null };
  /** Statuses of refusals that are its own: beside 401, 404, 429 and 503, which any may have. */
  readonly refusals: readonly number[];
  serve(context: RestContext, said: Said): Promise<Result<Answer, RestFailure>>;
};

type Description = Pick<Route, 'id' | 'path' | 'tag' | 'summary' | 'description' | 'pathParameters'>;

/** What is given to the handler: the context, and the parameters by their names on the wire. */
export type Asked<P extends Parameters> = RestContext & { readonly said: ReadParameters<P> };

type Definition<P extends Parameters> = Description &
  Pick<Route, 'method' | 'answer'> & {
    readonly parameters: P;
    readonly refusals?: readonly number[];
    handle(asked: Asked<P>): Promise<Result<unknown, RestFailure>>;
  };

export const route = <P extends Parameters>({ handle, refusals, ...definition }: Definition<P>): Route => ({
  ...definition,
  pageParameters: {},
  refusals: refusals ?? (Object.keys(definition.parameters).length > 0 || definition.method !== 'GET' ? [400] : []),
  async serve(context, said) {
    const read = readParameters(definition.parameters, said);
    if (!read.ok) return read;
    const body = await handle({ ...context, said: read.value });
    return body.ok ? ok({ status: definition.answer.status, body: body.value }) : body;
  },
});

type ListDefinition<P extends Parameters> = Description & {
  readonly parameters: P;
  /** The name of the items in the envelope. */
  readonly key: string;
  readonly item: z.ZodType;
  /** The path of the list, as the answer names it. */
  readonly segments: (asked: RestContext) => readonly string[];
  list(asked: Asked<P>, page: PageRequest): Promise<Result<Listed<unknown>, RestFailure>>;
};

export const listRoute = <P extends Parameters>({
  key,
  item,
  segments,
  list,
  ...definition
}: ListDefinition<P>): Route => ({
  ...definition,
  method: 'GET',
  pageParameters,
  answer: { status: 200, schema: listSchema(key, item) },
  refusals: [400],
  async serve(context, said) {
    const read = readParameters(definition.parameters, said);
    if (!read.ok) return read;
    const page = readPageRequest(said);
    if (!page.ok) return page;
    const found = await list({ ...context, said: read.value }, page.value);
    if (!found.ok) return found;
    const path = `${uriOf(context.flavour, context.accountSid, ...segments(context))}.json`;
    const filters = new Map([...said].filter(([name]) => name in definition.parameters));
    return ok({ status: 200, body: listBody({ path, key, filters }, page.value, found.value) });
  },
});
