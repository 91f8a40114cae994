/** What a document asks for and this version does not do: told to whoever wrote it, never passed over in silence. */
import type { CxmlDocument, DialVerb } from '../../cxml/document.js';
import type { Finding } from '../../cxml/finding.js';

export const notYetOf = ({ verbs }: CxmlDocument): readonly Finding[] =>
  verbs.flatMap((verb) => (verb.kind === 'dial' ? ofDial(verb) : []));

function ofDial({ attributes, conference, where }: DialVerb): readonly Finding[] {
  const found: Finding[] = [];
  if (attributes.record !== 'do-not-record') found.push(lack(13_217, `${where}/@record`, 'no call is recorded yet'));
  if (!conference.ok) return found;
  const { wishes } = conference.value;
  const noun = `${where}/Conference`;
  if (wishes.record) found.push(lack(13_217, `${noun}/@record`, 'no conference is recorded yet'));
  return found;
}

const lack = (code: number, where: string, message: string): Finding => ({
  code,
  level: 'warning',
  where,
  message,
  keepsOut: false,
});
