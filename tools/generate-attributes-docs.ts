/**
 * Writes docs/attributes.md from the tables that read documents and typed dials (src/cxml) and the texts beside them.
 * `--check` writes nothing and fails when the committed page is not what would be written.
 */
import type { AttributeTable } from '../src/cxml/attribute-rule.js';
import { conferenceAttributes } from '../src/cxml/conference-attributes.js';
import { dialAttributes } from '../src/cxml/dial-attributes.js';
import { pauseAttributes, playAttributes, redirectAttributes, sayAttributes } from '../src/cxml/verb-attributes.js';
import {
  type AttributeText,
  conferenceTexts,
  dialTexts,
  pauseTexts,
  playTexts,
  redirectTexts,
  sayTexts,
} from './docs/attribute-texts.js';
import { code, settlePage, table } from './docs/page.js';

type Texts = Readonly<Record<string, AttributeText>>;

function defaultOf(name: string, fallbackText: string | null, { byDefault }: AttributeText): string {
  if (byDefault !== undefined) return byDefault;
  if (fallbackText === null) throw new Error(`${name}: nothing says what it is when it is left out`);
  return code(fallbackText);
}

const rows = (attributes: AttributeTable, texts: Texts): readonly (readonly string[])[] =>
  Object.entries(attributes).map(([name, rule]) => {
    const text = texts[name];
    if (text === undefined) throw new Error(`${name} has no text`);
    const odd = `${rule.code} ${rule.level}${rule.keepsOut ? ', does not join' : ''}`;
    const whose = rule.scope === 'leg' ? 'its own' : 'the room’s';
    return [code(name), rule.values, defaultOf(name, rule.fallbackText, text), whose, odd, text.means, text.section];
  });

const head = ['Attribute', 'Values', 'Default', 'Whose', 'Otherwise', 'Meaning', 'Contract'];
/** Of verbs that concern nobody but the call that runs them. */
const withoutWhose = ['Attribute', 'Values', 'Default', 'Otherwise', 'Meaning', 'Contract'];

const verb = (name: string, attributes: AttributeTable, texts: Texts): readonly string[] => [
  '',
  `## ${name}`,
  '',
  ...table(
    withoutWhose,
    rows(attributes, texts).map((cells) => cells.filter((_, column) => head[column] !== 'Whose')),
  ),
];

settlePage('docs/attributes.md', [
  '# Attributes',
  '',
  'Generated from `src/cxml` and `tools/docs/attribute-texts.ts` by `tools/generate-attributes-docs.ts`: do not edit.',
  '',
  'Every attribute of the [documents](documents.md) that a call may run. The typed `Dial` of gRPC ([its',
  'fields](rpc.md#dial)) is read by the same tables, so both mean the same.',
  '',
  'White space around a value is not its own, and names and booleans are taken in any case. A value that is none of those',
  'listed is a finding with the number and level below, and is as left out: the call joins all the same, unless it says',
  'otherwise here. Attributes that are not listed are passed over. *The room’s*: settled by the first call of a conference that',
  'says something, and of `statusCallback` and what belongs to it by the very first one ([whose wishes',
  'count](conference.md#whose-wishes-count-13)). The last column is the section of the contract that a rule is from.',
  '',
  '## Conference',
  '',
  'The text of the element is the name of the room: trimmed, case-sensitive, 1 to 128 characters; else 13237, and the call does',
  'not join.',
  '',
  ...table(head, rows(conferenceAttributes, conferenceTexts)),
  ...verb('Dial', dialAttributes, dialTexts),
  '',
  '`timeout`, `callerId`, `callerName`, `answerOnBridge` and `ringTone` mean nothing around a conference and are passed over.',
  ...verb('Play', playAttributes, playTexts),
  ...verb('Say', sayAttributes, sayTexts),
  ...verb('Pause', pauseAttributes, pauseTexts),
  ...verb('Redirect', redirectAttributes, redirectTexts),
]);
