/** Every way a document, or where it is, can be wrong in a request. */
import { CallService } from '../../../src/gen/parley/v1/call_service_pb.js';
import { callSid } from './fake-application.js';
import { notUrls, rightDial, strange, type WrongRequest, wrong } from './wrong-request.js';

const { dial, updateCall } = CallService.method;

const noDocuments: readonly (readonly [text: string, code: number])[] = [
  ['', 12_100],
  ['x', 12_100],
  ['<Dial/>', 12_100],
  ['<Response>', 12_100],
  ['<!DOCTYPE Response><Response/>', 12_100],
  ['<?xml version="1.0" encoding="UTF-16"?><Response/>', 12_100],
  [`<Response>${' '.repeat(65_536)}</Response>`, 11_750],
];

const ofDials: readonly WrongRequest[] = [
  ...noDocuments.map(([text, code]) =>
    wrong(
      dial,
      `document ${text.slice(0, 30)}`,
      { ...rightDial(), instruction: { case: 'document', value: text } },
      ['document'],
      code,
    ),
  ),
  ...notUrls.flatMap((url) => [
    wrong(
      dial,
      `document URL ${url.slice(0, 30)}`,
      { ...rightDial(), instruction: { case: 'documentUrl', value: { url } } },
      ['document_url.url'],
      11_100,
    ),
    wrong(dial, `fallback ${url.slice(0, 30)}`, { ...rightDial(), fallback: { url } }, ['fallback.url'], 11_100),
  ]),
  ...(['document_url', 'fallback'] as const).map((field) => {
    const target = { url: 'http://e/', method: strange };
    const request =
      field === 'fallback'
        ? { ...rightDial(), fallback: target }
        : { ...rightDial(), instruction: { case: 'documentUrl', value: target } };
    return wrong(dial, `${field} method`, request, [`${field}.method`], 13_221);
  }),
];

const ofUpdates: readonly WrongRequest[] = [
  ...noDocuments.map(([text, code]) =>
    wrong(
      updateCall,
      `document ${text.slice(0, 30)}`,
      { callSid: callSid('1'), update: { case: 'document', value: text } },
      ['document'],
      code,
    ),
  ),
  ...notUrls.map((url) =>
    wrong(
      updateCall,
      `document URL ${url.slice(0, 30)}`,
      { callSid: callSid('1'), update: { case: 'documentUrl', value: { url } } },
      ['document_url.url'],
      11_100,
    ),
  ),
  wrong(
    updateCall,
    'document method',
    { callSid: callSid('1'), update: { case: 'documentUrl', value: { url: 'http://e/', method: strange } } },
    ['document_url.method'],
    13_221,
  ),
];

export const wrongDocuments: readonly WrongRequest[] = [...ofDials, ...ofUpdates];
