import { describe, expect, it } from 'vitest';
import { serveFake } from '../../../test/support/grpc/served.js';
import { CallService } from '../../gen/parley/v1/call_service_pb.js';

const { dial } = CallService.method;
const media = { case: 'rtp', value: { sdpOffer: 'v=0\r\n' } } as const;

describe('a dial that names URLs that will not be requested', () => {
  it('is done, and says of each by its field which rule it breaks', async () => {
    const served = await serveFake();
    served.answers.webRule = (_account, url) => (url.includes('good') ? null : `no ${url}`);
    const conference = { roomName: 'x', statusCallback: 'http://bad.test:22/', waitUrl: 'http://good.test/' };
    const { warnings } = await served.client.unary(dial, {
      instruction: { case: 'dial', value: { conference, action: 'http://bad.test/' } },
      fallback: { url: 'http://bad.test/fallback' },
      media,
    });
    expect(warnings.map(({ code, field, message }) => `${code} ${field}: ${message}`)).toEqual(
      expect.arrayContaining([
        '11200 dial.conference.status_callback: will not be requested: no http://bad.test:22/',
        '11200 dial.action: will not be requested: no http://bad.test/',
        '11200 fallback.url: will not be requested: no http://bad.test/fallback',
      ]),
    );
    const byUrl = await served.client.unary(dial, {
      instruction: { case: 'documentUrl', value: { url: 'http://bad.test/d' } },
      media,
    });
    expect(byUrl.warnings.map(({ field }) => field)).toEqual(['document_url.url']);
  });
});
