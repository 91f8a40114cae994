/** From the bytes of a `<Response>` to its verbs (CONTRACT §1, §2). Total: whatever the bytes are, verbs or a fault. */
import { err, ok, type Result } from '../base/result.js';
import { urlCharactersMax, type WebTarget } from '../conference/state.js';
import type { ResolveUrl } from './attribute-rule.js';
import { readConferenceNoun } from './conference-noun.js';
import { dialAttributes } from './dial-attributes.js';
import type { CxmlDocument, DialVerb, PlayVerb, RedirectVerb, SayVerb, SoundVerb, Verb } from './document.js';
import type { Finding } from './finding.js';
import { type Notebook, readAttributes } from './read-attributes.js';
import { pauseAttributes, playAttributes, redirectAttributes, sayAttributes } from './verb-attributes.js';
import { parseXml, type XmlElement } from './xml.js';

/** 11750: too large; 12100: no document. `rule` is a sentence without a full stop. */
export type DocumentFault = { readonly code: 11750 | 12100; readonly rule: string };

export type ParsedDocument<V extends Verb = Verb> = {
  readonly document: CxmlDocument<V>;
  readonly findings: readonly Finding[];
};

/** The vendors' number for what stands in a document and means nothing there. */
const notOfTheSchema = 12_200;
const noUrlCode = 11_100;
/** A verb that a document to be heard may not have. */
const forbiddenVerb = 13_238;

/** For a call to run. */
export const parseDocument = (
  bytes: Uint8Array,
  source: WebTarget | null,
  resolveUrl: ResolveUrl,
): Result<ParsedDocument, DocumentFault> => parseVerbs(bytes, source, { resolveUrl, readVerb });

/** For somebody to hear who waits, is held or is announced to (CONTRACT §5). */
export const parseSoundDocument = (
  bytes: Uint8Array,
  source: WebTarget | null,
  resolveUrl: ResolveUrl,
): Result<ParsedDocument<SoundVerb>, DocumentFault> =>
  parseVerbs(bytes, source, { resolveUrl, readVerb: readSoundVerb });

type VerbReader<V> = {
  readonly resolveUrl: ResolveUrl;
  /** Null for what is passed over. */
  readonly readVerb: (element: XmlElement, where: string, reader: Reader) => V | null;
};

function parseVerbs<V extends Verb>(
  bytes: Uint8Array,
  source: WebTarget | null,
  { resolveUrl, readVerb: readOne }: VerbReader<V>,
): Result<ParsedDocument<V>, DocumentFault> {
  const root = parseXml(bytes);
  if (!root.ok) return err({ code: root.error.kind === 'too-large' ? 11750 : 12100, rule: root.error.rule });
  if (root.value.name !== 'Response') return err({ code: 12100, rule: 'the document is no <Response>' });
  const findings: Finding[] = [];
  const seen = new Map<string, number>();
  const verbs = root.value.children.flatMap((element) => {
    const index = (seen.get(element.name) ?? 0) + 1;
    seen.set(element.name, index);
    return readOne(element, `/Response/${element.name}[${index}]`, { resolveUrl, findings }) ?? [];
  });
  if (hasText(root.value)) warn(findings, notOfTheSchema, '/Response', 'text between the verbs is ignored');
  return ok({ document: { verbs, source }, findings });
}

type Reader = Pick<Notebook, 'resolveUrl' | 'findings'>;

const notebookAt = (where: string, reader: Reader): Notebook => ({
  ...reader,
  at: (attribute) => (attribute === null ? where : `${where}/@${attribute}`),
});

function warn(findings: Finding[], code: number, where: string, message: string): void {
  findings.push({ code, level: 'warning', where, message, keepsOut: false });
}

function readVerb(element: XmlElement, where: string, reader: Reader): Verb | null {
  if (element.name === 'Dial') return readDial(element, where, reader);
  if (element.name === 'Hangup') return { kind: 'hangup' };
  const verb = readHeard(element, where, reader);
  // The name is a stranger's; `where` has it, shortened.
  if (verb === undefined) {
    warn(reader.findings, notOfTheSchema, shortened(where), 'a verb that Parley does not have: passed over');
  }
  return verb ?? null;
}

function readSoundVerb(element: XmlElement, where: string, reader: Reader): SoundVerb | null {
  const verb = readHeard(element, where, reader);
  if (verb === undefined) {
    const message = 'only Play, Say, Pause and Redirect are heard in a conference: passed over';
    warn(reader.findings, forbiddenVerb, shortened(where), message);
  }
  return verb ?? null;
}

/** Undefined for another verb; null for one that says nothing. */
function readHeard(element: XmlElement, where: string, reader: Reader): SoundVerb | null | undefined {
  switch (element.name) {
    case 'Play':
      return readPlay(element, where, reader);
    case 'Say':
      return readSay(element, where, reader);
    case 'Pause': {
      const { values } = readAttributes(pauseAttributes, element.attributes, notebookAt(where, reader));
      return { kind: 'pause', seconds: values.length };
    }
    case 'Redirect':
      return readRedirect(element, where, reader);
    default:
      return undefined;
  }
}

function readDial(element: XmlElement, where: string, reader: Reader): DialVerb {
  const { values } = readAttributes(dialAttributes, element.attributes, notebookAt(where, reader));
  return { kind: 'dial', attributes: values, conference: readNoun(element, where, reader), where };
}

/** What can be dialled, by the vendors; Parley dials conferences. */
const nouns = ['Conference', 'Number', 'Sip', 'Client', 'Queue', 'Sim', 'Application', 'WhatsApp', 'Room'];

/** One noun in a `<Dial>`: of more, the first counts (CONTRACT §1, case 38). Text beside no noun is a number. */
function readNoun(dial: XmlElement, where: string, reader: Reader): DialVerb['conference'] {
  const given = dial.children.filter(({ name }) => nouns.includes(name));
  if (given.length < dial.children.length) {
    warn(reader.findings, notOfTheSchema, where, 'what cannot be dialled is passed over');
  }
  if (given.length > 1 && given.some(({ name }) => name === 'Conference')) {
    warn(reader.findings, 13000, where, 'a <Conference> stands alone in its <Dial>: the first noun is taken');
  }
  const [noun] = given;
  if (noun?.name === 'Conference') {
    return readConferenceNoun(noun.text, noun.attributes, notebookAt(`${where}/Conference`, reader));
  }
  const isNumber = noun !== undefined || hasText(dial);
  const finding: Finding = isNumber
    ? {
        code: 13245,
        level: 'warning',
        where,
        message: 'Parley dials conferences alone: the dial fails',
        keepsOut: true,
      }
    : {
        code: 16002,
        level: 'error',
        where,
        message: 'there is no <Conference> to dial: the dial fails',
        keepsOut: true,
      };
  reader.findings.push(finding);
  return err(finding);
}

function readPlay(element: XmlElement, where: string, reader: Reader): PlayVerb | null {
  const { values } = readAttributes(playAttributes, element.attributes, notebookAt(where, reader));
  const url = reader.resolveUrl(element.text);
  if (url !== null) return { kind: 'play', url, loop: values.loop, where };
  warn(
    reader.findings,
    13420,
    where,
    `not an http or https URL of at most ${urlCharactersMax} characters: passed over`,
  );
  return null;
}

/** Markup of speech (SSML) is read as the words in it that stand outside of its elements. */
function readSay(element: XmlElement, where: string, reader: Reader): SayVerb | null {
  const { values } = readAttributes(sayAttributes, element.attributes, notebookAt(where, reader));
  const text = element.text.trim();
  if (text !== '') return { kind: 'say', text, ...values, where };
  warn(reader.findings, 13_520, where, 'there is nothing to say: passed over');
  return null;
}

function readRedirect(element: XmlElement, where: string, reader: Reader): RedirectVerb {
  const { values } = readAttributes(redirectAttributes, element.attributes, notebookAt(where, reader));
  if (!hasText(element)) return { kind: 'redirect', url: '', method: values.method, where };
  const url = reader.resolveUrl(element.text);
  if (url === null) {
    const message = `not an http or https URL of at most ${urlCharactersMax} characters`;
    reader.findings.push({ code: noUrlCode, level: 'error', where, message, keepsOut: false });
  }
  return { kind: 'redirect', url, method: values.method, where };
}

const hasText = ({ text }: XmlElement): boolean => text.trim() !== '';

const whereCharactersMax = 100;
const shortened = (where: string): string =>
  [...where].length <= whereCharactersMax ? where : `${[...where].slice(0, whereCharactersMax).join('')}…`;
