/**
 * What a request says: parameters from form, JSON and query, every value as the text it would be in a form (CONTRACT
 * §7.1). Total: any bytes give parameters or a refusal.
 */
import { err, ok, type Result } from '../../base/result.js';
import { failure, type RestFailure } from './failure.js';

/** Values of each name, in the order they came. Names are case-sensitive. */
export type Said = ReadonlyMap<string, readonly string[]>;

/** Parameters of one request. */
export const parametersMax = 200;

const tooMany = failure(400, 20_001, `a request has at most ${parametersMax} parameters`);
const notRead = failure(
  415,
  20_001,
  'parameters are sent as application/x-www-form-urlencoded, as a JSON object, or in the query',
);
const noObject = failure(400, 20_001, 'the JSON must be an object of texts, numbers, booleans and lists of them');

export type Sent = {
  /** Without the question mark. */
  readonly query: string;
  /** Null: none was sent. */
  readonly contentType: string | null;
  readonly body: Uint8Array | null;
};

/** What the body says of a name counts, and not what the query does. */
export function readSaid({ query, contentType, body }: Sent): Result<Said, RestFailure> {
  const inQuery = readForm(query);
  const inBody = readBody(contentType, body);
  if (!inBody.ok) return inBody;
  const said = new Map([...inQuery, ...inBody.value]);
  return said.size > parametersMax ? err(tooMany) : ok(said);
}

function readBody(contentType: string | null, body: Uint8Array | null): Result<Said, RestFailure> {
  if (body === null || body.length === 0) return ok(new Map());
  const [type = ''] = (contentType ?? '').toLowerCase().split(';');
  const text = new TextDecoder().decode(body);
  switch (type.trim()) {
    case 'application/x-www-form-urlencoded':
      return ok(readForm(text));
    case 'application/json':
      return readJson(text);
    default:
      return err(notRead);
  }
}

function readForm(text: string): Map<string, string[]> {
  const said = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const values = said.get(name);
    if (values === undefined) said.set(name, [value]);
    else values.push(value);
  }
  return said;
}

function readJson(text: string): Result<Said, RestFailure> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err(noObject);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return err(noObject);
  const said = new Map<string, readonly string[]>();
  for (const [name, given] of Object.entries(value)) {
    // Null says nothing, as a name that was left out.
    if (given === null) continue;
    const values = (Array.isArray(given) ? given : [given]).map(textOf);
    if (!values.every((each) => each !== null)) return err(noObject);
    said.set(name, values);
  }
  return ok(said);
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
