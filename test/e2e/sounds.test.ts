/** What is heard besides people, by ear: over sockets, engine, decoders and a web server (CONTRACT §5, §8.5). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { levelDbfs } from '../../src/cli/caller/levels.js';
import { CallStatus } from '../../src/gen/parley/v1/call_pb.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { DebuggerService } from '../../src/gen/parley/v1/debugger_service_pb.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import { HttpMethod } from '../../src/gen/parley/v1/web_pb.js';
import {
  beepHz,
  type DocumentCaller,
  DocumentCallers,
  hasHeardBeep,
  hasHeardNote,
  hears,
  type Who,
} from '../support/document-callers.js';
import { encoded, tones } from '../support/sound-files.js';
import { measureTones } from '../support/tones.js';
import { listen, until } from '../support/waiting.js';
import type { Answer } from '../support/webhook-receiver.js';

const rateHz = 8000;
/** What the files of the application sound like. */
const waitHz = 1500;
const holdHz = 1900;
const newsHz = 2300;

let callers: DocumentCallers;
let documents = 0;

const xml = (verbs: string): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: `<Response>${verbs}</Response>`,
});
const audio = (hz: number, type: 'audio/wav' | 'audio/mpeg' = 'audio/wav', seconds = 2): Answer => ({
  status: 200,
  headers: { 'content-type': type },
  body: encoded(tones(seconds, 44_100, [{ hz, amplitude: 0.25 }]), {
    rateHz: 44_100,
    output: type === 'audio/wav' ? ['-f', 'wav'] : ['-f', 'mp3'],
  }),
});

beforeAll(async () => {
  callers = await DocumentCallers.start();
  const { receiver } = callers;
  receiver.answerAt('/tone.wav', audio(waitHz, 'audio/wav', 1));
  receiver.answerAt('/tone.mp3', audio(waitHz, 'audio/mpeg', 1));
  receiver.answerAt('/hold.wav', audio(holdHz));
  receiver.answerAt('/news.wav', audio(newsHz));
});
afterAll(() => callers.end());

/** Dials a document with these verbs. */
function call(who: Who, verbs: string): Promise<DocumentCaller> {
  documents += 1;
  const path = `/voice-${documents}`;
  callers.receiver.answerAt(path, xml(verbs));
  return callers.call(who, path);
}

const conference = (room: string, attributes = '', dial = ''): string =>
  `<Dial ${dial}><Conference beep="false" ${attributes}>${room}</Conference></Dial>`;

/** In the last 200 ms. */
function hearsTone({ recording }: DocumentCaller, hz: number): boolean {
  const latest = recording.latest(rateHz / 5);
  return latest.length === rateHz / 5 && (measureTones(latest, rateHz, [hz])[0]?.amplitude ?? 0) > 1500;
}

/** In the next 200 ms. */
const levelOf = async ({ recording }: DocumentCaller): Promise<number> => levelDbfs(await listen(recording, 200));

const isOver = async (caller: DocumentCaller): Promise<boolean> =>
  (await callers.statusOf(caller)) === CallStatus.COMPLETED;
const hangUp = (...those: readonly DocumentCaller[]): Promise<unknown> =>
  Promise.all(those.map((caller) => callers.platform.hangUp(caller)));
const findings = async ({ callSid }: DocumentCaller): Promise<readonly number[]> =>
  (await callers.platform.client.call(DebuggerService.method.listFindings, { pageSize: 1000 })).findings
    .filter((each) => each.callSid === callSid)
    .map(({ code }) => code);

describe('who waits', () => {
  it('hears the hold music, and nothing of it once the conference has started', async () => {
    const ana = await call('ana', conference('music'));
    // Rendered by a job when the daemon starts: silent until then.
    await until(async () => (await levelOf(ana)) > -40);
    const music = await listen(ana.recording, 2000);
    const levels = Array.from({ length: 10 }, (_, index) =>
      levelDbfs(music.subarray((index * music.length) / 10, ((index + 1) * music.length) / 10)),
    );
    expect(Math.max(...levels)).toBeLessThan(-12);
    const ben = await call('ben', conference('music', 'muted="true"'));
    await until(async () => (await levelOf(ana)) < -70);
    await hangUp(ana, ben);
  });

  it.each([
    ['WAV', '/tone.wav', null],
    ['MP3', '/tone.mp3', null],
    ['a document with Play', '/wait', '<Play>/tone.wav</Play>'],
    ['a document with Dial, too', '/wait-dial', '<Dial><Number>1</Number></Dial><Play loop="0">/tone.mp3</Play>'],
  ])('case 40: hears %s', async (what, path, verbs) => {
    if (verbs !== null) callers.receiver.answerAt(path, xml(verbs));
    const ana = await call(
      'ana',
      conference(`waiting for ${what}`, `waitUrl="${path}" startConferenceOnEnter="false"`),
    );
    await until(() => hearsTone(ana, waitHz));
    expect(await findings(ana)).toEqual(verbs?.includes('Dial') === true ? [13_238] : []);
    // Round and round, or asked for again: it is longer than its file.
    await listen(ana.recording, 200, 1500);
    await until(() => hearsTone(ana, waitHz));
    await hangUp(ana);
  });

  it('hears words where a voice is installed, and is told where none is', async () => {
    callers.receiver.answerAt('/say', xml('<Say loop="0">Please hold the line, somebody will be with you</Say>'));
    const ana = await call('ana', conference('words', 'waitUrl="/say" startConferenceOnEnter="false"'));
    let codes: readonly number[] = [];
    await until(async () => {
      codes = await findings(ana);
      return codes.length > 0 || (await levelOf(ana)) > -45;
    });
    expect(codes.every((code) => code === 13_420)).toBe(true);
    await hangUp(ana);
  });

  it('hears its audio to the very frame of the start, and the beep from that frame on', async () => {
    const ana = await call('ana', conference('start', 'waitUrl="/tone.wav"'));
    await until(() => hearsTone(ana, waitHz));
    const ben = await call('ben', conference('start', 'muted="true" beep="true"').replace('beep="false" ', ''));
    await until(() => hasHeardBeep(ana));
    await listen(ana.recording, 400);
    const samples = ana.recording.samples();
    const windowSamples = rateHz / 100;
    const found = Array.from({ length: Math.floor(samples.length / windowSamples) }, (_, index) => {
      const window = samples.slice(index * windowSamples, (index + 1) * windowSamples);
      const [wait, low, high] = measureTones(window, rateHz, [waitHz, ...beepHz]);
      const loudest = Math.max(low?.amplitude ?? 0, high?.amplitude ?? 0);
      return { waits: (wait?.amplitude ?? 0) > 1500, beeps: loudest > 1500 };
    });
    const lastWait = found.findLastIndex(({ waits, beeps }) => waits && !beeps);
    const firstBeep = found.findIndex(({ waits, beeps }) => beeps && !waits);
    expect(firstBeep).toBeGreaterThan(lastWait);
    // The beep begins softly: 20 ms until it is loud, and one frame in which both may be.
    expect(firstBeep - lastWait).toBeLessThanOrEqual(5);
    expect(found.slice(firstBeep).some(({ waits }) => waits)).toBe(false);
    expect(found.filter(({ beeps }) => beeps).length).toBeGreaterThan(15);
    await hangUp(ana, ben);
  });
});

describe('in a conference', () => {
  it('those who are in hear who comes and goes, and the newcomer does not hear itself', async () => {
    const [ana, ben] = [await call('ana', conference('beeps', 'muted="true"')), await call('ben', conference('beeps'))];
    await until(() => hears(ana, 'ben'));
    const carla = await call('carla', conference('beeps', 'muted="true"').replace('beep="false"', 'beep="true"'));
    await until(() => hasHeardBeep(ana));
    await listen(carla.recording, 200);
    expect(beepHz.map((hz) => hasHeardNote(carla, hz))).toEqual([false, false]);
    await until(() => !hearsTone(ana, beepHz[1]) && !hearsTone(ana, beepHz[0]));
    const from = ana.recording.length;
    await hangUp(carla);
    await until(() => hasHeardNote(ana, beepHz[0], from));
    await hangUp(ana, ben);
  });

  it('the held hears what HoldUrl names, and announcements are heard by whom they are for', async () => {
    const status = 'statusCallback="/status" statusCallbackEvent="announcement"';
    const [ana, ben] = [
      await call('ana', conference('hold', `muted="true" ${status}`)),
      await call('ben', conference('hold', 'muted="true"')),
    ];
    const { client } = callers.platform;
    const { conferenceSid = '', callSid } = ben;
    const holdUrl = callers.receiver.url('/hold.wav');
    await client.call(ParticipantService.method.updateParticipant, { conferenceSid, callSid, hold: true, holdUrl });
    await until(() => hearsTone(ben, holdHz));
    const url = callers.receiver.url('/news.wav');
    const before = callers.receiver.received.length;
    const announce = { case: 'announce', value: { url, method: HttpMethod.GET } } as const;
    await client.call(ConferenceService.method.updateConference, { conferenceSid, update: announce });
    await until(() => hearsTone(ana, newsHz));
    expect([hearsTone(ben, newsHz), hearsTone(ben, holdHz)]).toEqual([false, true]);
    await until(() => !hearsTone(ana, newsHz));
    const toldOf = () => callers.receiver.received.slice(before).filter(({ path }) => path === '/status');
    await until(() => toldOf().length > 0);
    expect(toldOf()[0]?.parameters).toMatchObject({ StatusCallbackEvent: 'announcement-end', AnnounceUrl: url });
    const toBen = { conferenceSid, callSid, announceUrl: url, announceMethod: HttpMethod.GET };
    await client.call(ParticipantService.method.updateParticipant, toBen);
    await until(() => hearsTone(ben, newsHz) && hearsTone(ben, holdHz));
    expect(hearsTone(ana, newsHz)).toBe(false);
    await client.call(ParticipantService.method.updateParticipant, { conferenceSid, callSid, hold: false });
    await until(() => !hearsTone(ben, holdHz));
    await hangUp(ana, ben);
  });
});

describe('<Play> of a call', () => {
  it('is heard before the conference and behind it, and then the call is over', async () => {
    const verbs = `<Play>/tone.wav</Play>${conference('between', 'waitUrl=""')}<Play>/hold.wav</Play>`;
    const ana = await call('ana', verbs);
    // Each is over soon: it was heard, whenever it is looked.
    await until(() => hasHeardNote(ana, waitHz));
    await until(async () => (await callers.conferenceOf(ana)) !== undefined && !hearsTone(ana, waitHz));
    const { callSid } = ana;
    await until(async () => ((await callers.conferenceOf(ana)) ?? '') !== '');
    const conferenceSid = (await callers.conferenceOf(ana)) ?? '';
    await callers.platform.client.call(ParticipantService.method.removeParticipant, { conferenceSid, callSid });
    await until(() => hasHeardNote(ana, holdHz));
    await until(() => isOver(ana));
  });
});

describe('a wait document behind a server that', () => {
  const huge = 'x'.repeat(70_000);
  it.each<readonly [string, Answer, number]>([
    ['has none', { status: 404 }, 11_217],
    ['cuts the connection', { reset: true }, 11_251],
    ['has too much', xml(`<!-- ${huge} --><Play>/tone.wav</Play>`), 11_750],
    ['lies about a document', { ...xml(''), body: 'not at all' }, 12_100],
    ['lies about audio', { ...audio(waitHz), body: 'this is no audio at all'.repeat(100) }, 13_420],
    ['calls it a page', { ...xml(''), headers: { 'content-type': 'text/html' } }, 12_300],
  ])('%s: makes the dial fail, and nobody else notices', async (what, answer, code) => {
    const [ben, carla] = [
      await call('ben', conference(`others of ${what}`)),
      await call('carla', conference(`others of ${what}`)),
    ];
    await until(() => hears(ben, 'carla') && hears(carla, 'ben'));
    const { missing } = ben.recording.arrivals();
    callers.receiver.answerAt('/broken', answer);
    callers.receiver.answerAt('/failed', xml('<Play>/hold.wav</Play>'));
    const ana = await call('ana', conference(`broken: ${what}`, 'waitUrl="/broken"', 'action="/failed"'));
    await until(() => hearsTone(ana, holdHz));
    expect(await findings(ana)).toContain(code);
    const asked = callers.receiver.received.findLast(({ path }) => path === '/failed');
    expect(asked?.parameters).toMatchObject({ DialCallStatus: 'failed', CallSid: ana.callSid });
    const now = ben.recording.arrivals();
    expect([now.missing - missing, now.outOfOrder]).toEqual([0, 0]);
    await until(() => hears(ben, 'carla') && hears(carla, 'ben'));
    await hangUp(ana, ben, carla);
  });

  it('is dead: makes the dial fail', async () => {
    callers.receiver.answerAt('/failed', xml('<Play>/hold.wav</Play>'));
    // Port 1 is nobody's.
    const ana = await call('ana', conference('dead', 'waitUrl="http://127.0.0.1:1/"', 'action="/failed"'));
    await until(() => hearsTone(ana, holdHz));
    expect(await findings(ana)).toEqual([11_200]);
    await hangUp(ana);
  });

  it('is slow, and redirects: silence until it is there', async () => {
    callers.receiver.answerAt('/there', xml('<Play loop="0">/tone.wav</Play>'));
    let goOn = (): void => {};
    const after = new Promise<void>((resolve) => (goOn = resolve));
    callers.receiver.answerAt('/slow', { status: 302, headers: { location: '/there' }, after });
    const ana = await call('ana', conference('slow', 'waitUrl="/slow" startConferenceOnEnter="false"'));
    expect(await levelOf(ana)).toBeLessThan(-70);
    goOn();
    await until(() => hearsTone(ana, waitHz));
    await hangUp(ana);
  });
});
