import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributesMax, depthMax, documentBytesMax, elementsMax, parseXml } from './xml.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string) => parseXml(bytesOf(text));
const rule = (text: string | Uint8Array): string => {
  const result = parseXml(typeof text === 'string' ? bytesOf(text) : text);
  return result.ok ? 'taken' : result.error.rule;
};

describe('a tree', () => {
  it('has names, attributes, own text and children', () => {
    expect(parse('<a b="1" c=\'&lt;&#x41;\'>x&amp;y<d/> <![CDATA[<z>]]><!-- no --><?pi no?></a>')).toEqual({
      ok: true,
      value: {
        name: 'a',
        attributes: new Map([
          ['b', '1'],
          ['c', '<A'],
        ]),
        text: 'x&y <z>',
        children: [{ name: 'd', attributes: new Map(), text: '', children: [] }],
      },
    });
  });

  it.each([
    '<?xml version="1.0" encoding="UTF-8"?><a/>',
    '\ufeff<?xml version="1.0"?><a/>',
    "<?xml version='1.1' encoding='us-ascii'?><a/>",
    '<a>\u{1F600}é</a>',
    '<a/>\r\n<!-- after -->\r\n',
  ])('is made of %s', (text) => expect(parse(text).ok).toBe(true));

  it('keeps names that mean something to JavaScript as plain names', () => {
    const result = parse('<a __proto__="x" constructor="y" toString="z"/>');
    if (!result.ok) throw new Error(result.error.rule);
    expect([...result.value.attributes.keys()]).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.prototype).not.toHaveProperty('x');
  });
});

describe('hostile XML', () => {
  it.each([
    ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'the document has a DOCTYPE'],
    ['<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'the document has a DOCTYPE'],
    ['<a>&x;</a>', 'the document is not well-formed: line 1, column 6'],
    ['<a>&#0;</a>', 'the document is not well-formed: line 1, column 7'],
    ['<?xml version="1.0" encoding="UTF-16"?><a/>', 'the document declares an encoding other than UTF-8'],
    ['<?xml version="1.0" encoding="ISO-8859-1"?><a/>', 'the document declares an encoding other than UTF-8'],
  ])('%s → %s', (text, expected) => expect(rule(text)).toBe(expected));

  it.each([
    '',
    ' ',
    'text',
    '<a',
    '<a>',
    '<a></b>',
    '<a b="1" b="2"/>',
    '<a b=1/>',
    '<a b="<"/>',
    '<a/><b/>',
    '<a/>x',
    '<a>\u0000</a>',
    '\n<?xml version="1.0"?><a/>',
    '<?xml version="9"?><a/>',
    '{"a": 1}',
    '<html><br></html>',
  ])('%j is not well-formed', (text) => expect(rule(text)).toMatch(/^the document is not well-formed: line \d+/));

  it.each([
    [[0xff, 0xfe, 0x3c, 0x00]],
    [[0xfe, 0xff, 0x00, 0x3c]],
    [[0x3c, 0x61, 0x3e, 0xc0, 0x80, 0x3c, 0x2f, 0x61, 0x3e]],
    [[0x3c, 0x61, 0x3e, 0xed, 0xa0, 0x80, 0x3c, 0x2f, 0x61, 0x3e]],
  ])('bytes %j are not UTF-8', (bytes) => {
    expect(rule(Uint8Array.from(bytes))).toBe('the document is not UTF-8');
  });

  it('is refused beyond each limit, and taken at it', () => {
    const nested = (depth: number): string => `${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`;
    const wide = (elements: number): string => `<a>${'<b/>'.repeat(elements - 1)}</a>`;
    const attributes = (count: number): string =>
      `<a ${Array.from({ length: count }, (_, n) => `a${n}=""`).join(' ')}/>`;
    const large = (bytes: number): string => `<a>${'x'.repeat(bytes - 7)}</a>`;
    for (const [make, max] of [
      [nested, depthMax],
      [wide, elementsMax],
      [attributes, attributesMax],
      [large, documentBytesMax],
    ] as const) {
      expect(rule(make(max)), make.name).toBe('taken');
      expect(rule(make(max + 1)), make.name).toContain(`more than ${max}`);
    }
    expect(parse(large(documentBytesMax + 1))).toMatchObject({ error: { kind: 'too-large' } });
  });
});

it('anything at all is a tree or a fault', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 200 }).map(bytesOf),
    fc
      .array(fc.constantFrom('<', '>', '/', 'a', '"', '=', '&', ';', '!', '[', ']', '-', '?', ' '))
      .map((parts) => bytesOf(parts.join(''))),
  );
  fc.assert(
    fc.property(bytes, (given) => {
      const result = parseXml(given);
      return result.ok ? result.value.name !== '' : result.error.rule !== '';
    }),
    { numRuns: 2000 },
  );
});
