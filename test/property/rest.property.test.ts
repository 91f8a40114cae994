/**
 * A client that knows of the REST API only its OpenAPI document, and sends what the document allows and what it does
 * not: no answer is a defect, each is one that the document has, and looks as it says.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpenApi, Operation } from '../../src/adapters/rest/openapi.js';
import { parseSid } from '../../src/base/sids.js';
import { callSidOf } from '../support/callers.js';
import { accountSid, value } from '../support/parley-script.js';
import { prefix, type RestAnswer, restOf, theirs } from '../support/rest-script.js';
import { settled } from '../support/virtual-clock.js';

const runs = Number(process.env.PARLEY_REST_RUNS ?? 1500);

type Schema = Readonly<Record<string, unknown>>;
type Named = { readonly method: string; readonly path: string; readonly operation: Operation };

/** A conference of A (label `host`) and B; who has hung up calls again. */
async function served() {
  const rest = restOf();
  let conferenceSid = '';
  const renew = async (): Promise<string> => {
    for (const [name, label] of [['A', 'host'] as const, ['B', null] as const]) {
      const { body } = await rest.get(`/Calls/${callSidOf(name)}`);
      if (body.status === 'in-progress') continue;
      const dialed = await rest.parley.dial(rest.request(name, { label, timeLimitSeconds: 1_000_000 }));
      if (dialed.ok) ({ conferenceSid } = dialed.value);
    }
    return conferenceSid;
  };
  let recordingSid = '';
  const overs = new Set<string>();
  /** One that runs, or that is over, as the operation needs it; what can be done to a conference at once is one. */
  const recorded = async ({ operationId }: Operation): Promise<string> => {
    const { body } = await rest.post(`/Conferences/${conferenceSid}/Recordings`);
    if (typeof body.sid === 'string') recordingSid = body.sid;
    if (!/^(delete|start)/.test(operationId)) return recordingSid;
    await rest.post(`/Conferences/${conferenceSid}/Recordings/CURRENT`, { Status: 'stopped' });
    const sid = parseSid('recording', recordingSid);
    if (sid !== null && !overs.has(sid)) rest.recorders.over(sid);
    if (sid !== null) overs.add(sid);
    await settled();
    return recordingSid;
  };
  value(rest.parley.makeCalls(accountSid, () => true));
  rest.parley.noteWarnings(accountSid, callSidOf('A'), [{ code: 13_230, field: 'muted', message: 'must be' }]);
  const { body } = await rest.get('/openapi.json');
  const document: OpenApi = body;
  return { ...rest, renew, recorded, document };
}

const operationsOf = (document: OpenApi): readonly Named[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

/** Texts that no document allows, and some that could be anything. */
const garbage = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '%',
    '%zz',
    '%ff',
    '../..',
    '-1',
    '1e9',
    'NaN',
    'null',
    '{}',
    '[]',
    '💥',
    'x'.repeat(5000),
  ),
);

/** A text that fits the schema. */
function fitting(schema: Schema): fc.Arbitrary<string> {
  const { type, enum: values, format, anyOf, pattern } = schema;
  if (Array.isArray(values)) return fc.constantFrom(...values.map(String));
  if (Array.isArray(anyOf)) return fc.oneof(...anyOf.map(fitting));
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
  if (type === 'boolean') return fc.constantFrom('true', 'false', 'True', 'FALSE');
  if (type === 'integer') return fc.integer({ min: Number(schema.minimum ?? 0), max: 2000 }).map(String);
  const anyDate = fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
  if (format === 'date') return anyDate.map((date) => date.toISOString().slice(0, 10));
  if (format === 'date-time') return anyDate.map((date) => date.toISOString());
  if (format === 'uri') return fc.webUrl({ withQueryParameters: true });
  return fc.string({ maxLength: Math.min(30, Number(schema.maxLength ?? 30)) });
}

const mostly = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 15, arbitrary: usual }, { weight: 1, arbitrary: rare });

type Sent = {
  readonly named: Named;
  /** By the names in the path; null: the one that is there. */
  readonly inPath: Readonly<Record<string, string | null>>;
  readonly said: Readonly<Record<string, string>>;
  readonly by: 'form' | 'json' | 'query';
  readonly isStranger: boolean;
};

function requestOf(named: Named): fc.Arbitrary<Sent> {
  const { parameters, requestBody } = named.operation;
  const inPath = Object.fromEntries(
    parameters
      .filter((each) => each.in === 'path')
      .map(({ name, schema }) => [name, mostly(fc.constant(null), fc.oneof(fitting(schema), garbage))]),
  );
  const { properties = {}, required = [] } = (requestBody?.content['application/json']?.schema ?? {}) as {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly required?: readonly string[];
  };
  const inQuery = Object.fromEntries(
    parameters.filter((each) => each.in === 'query').map((each) => [each.name, each.schema]),
  );
  const said = Object.fromEntries(
    Object.entries({ ...inQuery, ...properties }).map(([name, schema]) => [
      name,
      // Nobody finds a call of the conference by chance.
      mostly(name === 'CallSidToCoach' ? fc.constant(callSidOf('B')) : fitting(schema), garbage),
    ]),
  );
  const fields: Record<string, fc.Arbitrary<string>> = { ...said, Surprise: garbage };
  return fc.record({
    named: fc.constant(named),
    inPath: fc.record(inPath),
    said: fc.record(fields, { requiredKeys: [...required] }) as fc.Arbitrary<Record<string, string>>,
    by: requestBody === undefined ? fc.constant('query' as const) : fc.constantFrom('form', 'json', 'query'),
    isStranger: fc.integer({ min: 0, max: 19 }).map((number) => number === 0),
  });
}

/** Of the answers of an operation by status. */
function validatorsOf(document: OpenApi): (operation: Operation, status: number) => ValidateFunction | null {
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema({ $id: 'api', components: document.components });
  const compiled = new Map<string, ValidateFunction | null>();
  return (operation, status) => {
    const key = `${operation.operationId} ${status}`;
    const known = compiled.get(key);
    if (known !== undefined) return known;
    const response = operation.responses[String(status)];
    if (response === undefined) return expect.fail(`${key} is no answer of the document`);
    const content = response.content as { readonly 'application/json': { readonly schema: Schema } } | undefined;
    const schema = content?.['application/json'].schema;
    const text = JSON.stringify(schema)?.replaceAll('"#/components', '"api#/components');
    const made = schema === undefined ? null : ajv.compile(JSON.parse(text));
    compiled.set(key, made);
    return made;
  };
}

/** Beside what each operation documents: what may come of any body (docs/rest.md). */
const ofAnyBody = [413, 415];

describe('a client driven by the OpenAPI document', () => {
  it(`finds no defect in ${runs} requests, and no answer that the document does not have`, {
    timeout: 180_000,
  }, async () => {
    const rest = await served();
    const validatorOf = validatorsOf(rest.document);
    const statuses = new Map<string, number>();
    const send = async ({ named, inPath, said, by, isStranger }: Sent): Promise<RestAnswer> => {
      const there: Readonly<Record<string, string>> = {
        AccountSid: accountSid,
        ConferenceSid: await rest.renew(),
        CallSid: callSidOf('A'),
        Participant: 'host',
        NotificationSid: `NO${'1'.padStart(32, '0')}`,
        RecordingSid: await rest.recorded(named.operation),
      };
      const path = named.path.replace(/\{(\w+)\}/g, (_whole, name: string) =>
        encodeURIComponent(inPath[name] ?? there[name] ?? ''),
      );
      const query = by === 'query' ? `?${new URLSearchParams(said)}` : '';
      return rest.ask(named.method, `${prefix}${path}${query}`, {
        ...(by === 'form' ? { form: said } : by === 'json' ? { json: said } : {}),
        ...(isStranger ? { authorization: theirs } : {}),
      });
    };
    const operations = operationsOf(rest.document);
    const holds = (requests: fc.Arbitrary<Sent>, numRuns: number): Promise<void> =>
      fc.assert(
        fc.asyncProperty(requests, async (sent) => {
          const { status, body } = await send(sent);
          const { operation } = sent.named;
          statuses.set(`${operation.operationId} ${status}`, 1);
          expect(status).toBeLessThan(500);
          if (ofAnyBody.includes(status) || isElsewhere(sent)) return;
          const validate = validatorOf(operation, status);
          if (validate === null) expect(body).toBe('');
          else expect(validate(body), JSON.stringify([validate.errors, body])).toBe(true);
        }),
        { numRuns, ...seed() },
      );
    const undone = (): readonly Named[] =>
      operations.filter(({ operation: { operationId, responses } }) => {
        const success = Object.keys(responses).find((status) => status.startsWith('2'));
        return !statuses.has(`${operationId} ${success}`);
      });
    await holds(fc.oneof(...operations.map(requestOf)), runs);
    // It has been through all of it, with and without success; what chance left out is tried by itself.
    for (const operation of undone()) await holds(requestOf(operation), 500);
    expect(undone().map(({ operation }) => operation.operationId)).toEqual([]);
    expect([...statuses.keys()].some((status) => status.endsWith(' 404'))).toBe(true);
    expect([...statuses.keys()].some((status) => status.endsWith(' 400'))).toBe(true);
    expect(rest.restLogger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

/** A segment that is empty, or dots, makes another path of it, which may be any other. */
const isElsewhere = ({ inPath }: Sent): boolean =>
  Object.values(inPath).some((text) => text !== null && /^(\.{0,2}|.*\.json)$/su.test(text));

const seed = () => (process.env.PARLEY_REST_SEED === undefined ? {} : { seed: Number(process.env.PARLEY_REST_SEED) });
