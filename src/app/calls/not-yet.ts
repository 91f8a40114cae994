/** What a document asks for and this version does not do: told to whoever wrote it, never passed over in silence. */
import type { CxmlDocument, DialVerb } from '../../cxml/document.js';
import type { Finding } from '../../cxml/finding.js';

export const notYetOf = ({ verbs }: CxmlDocument): readonly Finding[] =>
  verbs.flatMap((verb) => (verb.kind === 'dial' ? ofDial(verb) : []));

function ofDial({ attributes, where }: DialVerb): readonly Finding[] {
  const found: Finding[] = [];
  const { record, recordingStorageUrl } = attributes;
  if (record === 'do-not-record' || recordingStorageUrl === null) return found;
  found.push(lack(13_256, `${where}/@recordingStorageUrl`, 'recordings are not sent anywhere yet: fetch them'));
  return found;
}

const lack = (code: number, where: string, message: string): Finding => ({
  code,
  level: 'warning',
  where,
  message,
  keepsOut: false,
});
