/**
 * XML of a stranger as a small tree, or a fault: well-formed, UTF-8, no DOCTYPE, and within limits of size and depth.
 * Entities are the five of XML and characters by number; nothing else is ever expanded, nothing is ever fetched.
 */
import { SaxesParser } from 'saxes';
import { err, ok, type Result } from '../base/result.js';

/** Bytes of a document (CONTRACT §6.2, code 11750). */
export const documentBytesMax = 65_536;
/** `<Response><Dial><Conference>` is three. */
export const depthMax = 8;
export const elementsMax = 1000;
export const attributesMax = 64;

export type XmlElement = {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own text and CDATA, without that of its children. */
  readonly text: string;
};

/** A sentence without a full stop; it repeats nothing that the stranger wrote. */
export type XmlFault = { readonly kind: 'too-large' | 'not-xml'; readonly rule: string };

type Growing = { name: string; attributes: Map<string, string>; children: Growing[]; text: string };

class Refused extends Error {}

const refuse = (rule: string): never => {
  throw new Refused(rule);
};

export function parseXml(bytes: Uint8Array): Result<XmlElement, XmlFault> {
  if (bytes.length > documentBytesMax) {
    return err({ kind: 'too-large', rule: `the document has more than ${documentBytesMax} bytes` });
  }
  try {
    return ok(treeOf(textOf(bytes)));
  } catch (error) {
    if (error instanceof Refused) return err({ kind: 'not-xml', rule: error.message });
    throw error;
  }
}

/** A byte order mark of UTF-8 is dropped; that of another encoding makes bytes that UTF-8 does not have. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('the document is not UTF-8');
  }
}

function treeOf(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: false, position: true });
  const open: Growing[] = [];
  const roots: Growing[] = [];
  let elements = 0;
  const addText = (more: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += more;
  };
  parser.on('error', () => refuse(`the document is not well-formed: line ${parser.line}, column ${parser.column}`));
  parser.on('xmldecl', ({ encoding = 'utf-8' }) => {
    if (!/^(?:utf-?8|us-ascii|ascii)$/i.test(encoding)) refuse('the document declares an encoding other than UTF-8');
  });
  parser.on('doctype', () => refuse('the document has a DOCTYPE'));
  parser.on('opentagstart', ({ name }) => {
    elements += 1;
    if (elements > elementsMax) refuse(`the document has more than ${elementsMax} elements`);
    if (open.length >= depthMax) refuse(`the document is nested more than ${depthMax} deep`);
    const element: Growing = { name, attributes: new Map(), children: [], text: '' };
    (open.at(-1)?.children ?? roots).push(element);
    open.push(element);
  });
  parser.on('attribute', ({ name, value }) => {
    const attributes = open.at(-1)?.attributes;
    attributes?.set(name, value);
    if ((attributes?.size ?? 0) > attributesMax) refuse(`an element has more than ${attributesMax} attributes`);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.write(text).close();
  const [root] = roots;
  return root ?? refuse('the document is empty');
}
