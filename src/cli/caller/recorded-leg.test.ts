import { expect, it } from 'vitest';
import { callSid } from '../../../test/support/grpc/fake-application.js';
import { FakeLane } from '../../../test/support/grpc/fake-lane.js';
import { eventually, serveFake } from '../../../test/support/grpc/served.js';
import { ApiClient } from '../../client/api-client.js';
import { pcmu } from '../../client/coding.js';
import { MediaLine } from '../../client/media-line.js';
import { attachRecorded } from './recorded-leg.js';
import { Tone } from './voice.js';

it('says a frame for each that it hears, a little ahead, and records', async () => {
  const served = await serveFake();
  const lane = new FakeLane();
  let isOver = false;
  served.answers.attachMedia = () =>
    ({
      ok: true,
      value: {
        callSid: callSid('1'),
        codec: 'pcmu',
        rateHz: 8000,
        frameBytes: 160,
        lane: () => (isOver ? null : lane),
      },
    }) as const;
  const client = new ApiClient(`127.0.0.1:${served.server.port}`, null);
  const line = new MediaLine(client);
  const voice = new Tone({ hz: 400, amplitude: 1000, rateHz: 8000 });
  const leg = await attachRecorded(line, { callSid: callSid('1'), voice, coding: pcmu });
  await eventually(() => lane.ahead.length).toBe(3);
  for (let frame = 0; frame < 20; frame += 1) lane.heard.push(new Uint8Array(160).fill(frame));
  await eventually(() => lane.ahead.length).toBe(23);
  expect([leg.recording.length, leg.attached(), leg.framesLost()]).toEqual([20 * 160, true, 0]);
  expect(leg.recording.arrivals()).toMatchObject({ packets: 20, missing: 0 });
  isOver = true;
  await eventually(() => leg.attached()).toBe(false);
  line.close();
  client.close();
});
