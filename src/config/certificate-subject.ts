/** Names in certificates of clients: which account somebody is who shows one (RFC 4514 §2, the short names alone). */

/** Each must be in the certificate; what else is there does not matter. Never empty. */
export type CertificateSubject = Readonly<Record<string, string>>;

/** As TLS tells it: a name that is there several times is a list. */
export type ShownSubject = Readonly<Record<string, string | readonly string[] | undefined>>;

/** `CN=platform, O=Acme`; a comma in a value is written `\,`. Null when it is not of the form. */
export function parseCertificateSubject(text: string): CertificateSubject | null {
  const subject: Record<string, string> = {};
  for (const part of text.split(/(?<!\\),/)) {
    const [, name = '', value = ''] = /^\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(\S(?:.*\S)?)\s*$/.exec(part) ?? [];
    if (name === '' || Object.hasOwn(subject, name)) return null;
    subject[name] = value.replaceAll('\\,', ',');
  }
  return subject;
}

export const certificateSubjectText = (subject: CertificateSubject): string =>
  Object.entries(subject)
    .map(([name, value]) => `${name}=${value.replaceAll(',', '\\,')}`)
    .join(',');

export const isOfSubject = (shown: ShownSubject, wanted: CertificateSubject): boolean =>
  Object.entries(wanted).every(([name, value]) => {
    const there = shown[name];
    return typeof there === 'string' ? there === value : (there?.includes(value) ?? false);
  });
