/** The OpenAPI document to be read, and what the codes of errors mean: HTML without scripts, nothing from elsewhere. */
import { errorDictionary } from './error-dictionary.js';
import type { OpenApi, Operation } from './openapi.js';

/** Nothing runs, nothing is loaded but the style, nothing may frame it. */
export const pagePolicy =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export const stylesheet = `:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
code { font: 0.9em ui-monospace, monospace; }
article { border-top: 1px solid #8886; margin-top: 1.5rem; }
h3 { margin-bottom: 0; } h3 + p { margin-top: 0.25rem; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
table { border-collapse: collapse; width: 100%; }
td, th { border-top: 1px solid #8883; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
nav ul { columns: 2; list-style: none; padding: 0; }
`;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => escapes[character] ?? '');
/** Between backticks stands code. */
const prose = (text: string): string => escaped(text).replace(/`([^`]*)`/g, '<code>$1</code>');

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
${body}
</body>
</html>
`;

const kindOf = (schema: Readonly<Record<string, unknown>>): string => {
  const { type, enum: values, format, anyOf } = schema;
  if (Array.isArray(values)) return values.map(String).join(', ');
  if (Array.isArray(anyOf)) return anyOf.map(kindOf).join(' or ');
  return [type, format].filter((each) => typeof each === 'string').join(', ');
};

type Row = { readonly name: string; readonly place: string; readonly kind: string; readonly description: string };

function rowsOf({ parameters, requestBody }: Operation): readonly Row[] {
  const given = parameters.map(({ name, in: place, schema, description }) => ({
    ...{ name, place, kind: kindOf(schema), description },
  }));
  const { schema } = requestBody?.content['application/x-www-form-urlencoded'] ?? { schema: {} };
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const inForm = Object.entries(properties).map(([name, { description, ...of }]) => ({
    ...{ name, place: 'form', kind: kindOf(of), description: String(description) },
  }));
  return [...given, ...inForm];
}

function operation(path: string, method: string, described: Operation): string {
  const rows = rowsOf(described).map(
    ({ name, place, kind, description }) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${place}</td><td>${escaped(kind)}</td><td>${prose(description)}</td></tr>`,
  );
  const statuses = Object.entries(described.responses).map(
    ([status, { description }]) => `<li><code>${status}</code> ${prose(description)}</li>`,
  );
  return `<article id="${escaped(described.operationId)}">
<h3><span class="method">${method.toUpperCase()}</span> <code>${escaped(path)}</code></h3>
<p>${prose(described.summary)}. ${prose(described.description)}</p>
<table><thead><tr><th>Name</th><th>In</th><th>Values</th><th>Meaning</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>
<ul>${statuses.join('')}</ul>
</article>`;
}

export function readingPage(document: OpenApi): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ path, method, described })),
  );
  const contents = operations.map(
    ({ described }) => `<li><a href="#${escaped(described.operationId)}">${prose(described.summary)}</a></li>`,
  );
  const { title, version, description } = document.info;
  return page(
    `${title} ${version}`,
    `<h1>${escaped(String(title))} ${escaped(String(version))}</h1>
<p>${prose(String(description))}</p>
<p>Below <code>${document.servers.map(({ url }) => escaped(String(url))).join('</code> and <code>')}</code>.
The same for programs: <a href="/openapi.json">openapi.json</a>. What codes mean: <a href="/errors">errors</a>.</p>
<nav><ul>${contents.join('')}</ul></nav>
${operations.map(({ path, method, described }) => operation(path, method, described)).join('\n')}`,
  );
}

/** Of one code; null when it is not known. */
export function errorPage(code: number): string | null {
  const meaning = errorDictionary[code];
  return meaning === undefined ? null : page(`Error ${code}`, `<h1>${code}</h1>\n<p>${prose(meaning)}</p>`);
}

export function errorsPage(): string {
  const rows = Object.entries(errorDictionary).map(
    ([code, meaning]) => `<tr><td><a href="/errors/${code}">${code}</a></td><td>${prose(meaning)}</td></tr>`,
  );
  return page('Errors', `<h1>Errors</h1>\n<table><tbody>\n${rows.join('\n')}\n</tbody></table>`);
}
