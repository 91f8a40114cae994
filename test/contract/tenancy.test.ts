/**
 * DESIGN §5 line 8: a second account, with valid credentials, tries every endpoint, sid and name of the first. What is
 * there and what never was are answered alike, by the same steps, and nothing of the first is changed or told. Driven
 * by the OpenAPI document and the services of parley.v1, so that nothing is forgotten.
 */
import type { DescMethod } from '@bufbuild/protobuf';
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bearerToken } from '../../src/adapters/grpc/authentication.js';
import { startGrpcServer } from '../../src/adapters/grpc/server.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import type { Store } from '../../src/app/ports.js';
import { AdminService } from '../../src/gen/parley/v1/admin_service_pb.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { CallbackService } from '../../src/gen/parley/v1/callback_service_pb.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { DebuggerService } from '../../src/gen/parley/v1/debugger_service_pb.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import { RecordingStatus } from '../../src/gen/parley/v1/recording_pb.js';
import { RecordingService } from '../../src/gen/parley/v1/recording_service_pb.js';
import { callSidOf, conferenceSidOf } from '../support/callers.js';
import { GrpcClient, reader, readRefusal } from '../support/grpc/grpc-client.js';
import { accountSid, value } from '../support/parley-script.js';
import { type RestAnswer, restOf, stranger, theirs, tokens } from '../support/rest-script.js';

/** All the sids and names there are of somebody; `never`: those of nobody. */
type Named = Readonly<
  Record<'conference' | 'call' | 'pending' | 'recording' | 'label' | 'room' | 'notification', string>
>;

const never: Named = {
  conference: conferenceSidOf('no'),
  call: callSidOf('no'),
  pending: callSidOf('nn'),
  recording: conferenceSidOf('nr'),
  label: 'nobody',
  room: 'Room 4321',
  notification: conferenceSidOf('nf'),
};

/** The first account: two in a conference that is recorded, one being called into it, and something odd. */
async function tenants() {
  const rest = restOf();
  const { parley, store, dial } = rest;
  const { conferenceSid } = await dial('A', { label: 'host' });
  await dial('B');
  const recording = value(await parley.startRecording(accountSid, conferenceSid, {}));
  value(parley.makeCalls(accountSid, () => true));
  const parties = { From: '+15550100001', To: '+15550100002' };
  const created = await rest.post(`/Conferences/${conferenceSid}/Participants`, parties);
  parley.noteWarnings(accountSid, callSidOf('A'), [{ code: 13_235, field: 'beep', message: 'must be a beep' }]);
  const { body } = await rest.get('/Notifications');
  const first: Named = {
    ...{ conference: conferenceSid, call: callSidOf('A'), pending: created.body.call_sid, label: 'host' },
    ...{ recording: recording.sid, room: 'Room 1234', notification: body.notifications[0].sid },
  };
  /** Everything of the first account that could be changed. */
  const picture = async () => ({
    lists: await Promise.all(
      ['/Conferences', `/Conferences/${conferenceSid}/Participants`, '/Calls', '/Recordings', '/Notifications'].map(
        async (path) => (await rest.get(path)).body,
      ),
    ),
    cursor: await parley.newestCursor(accountSid),
    told: store.callbacks.length,
  });
  return { ...rest, first, picture };
}

/** What the store is asked while `act` goes on, in order, without what it is asked for. */
async function asksOf(store: Store, act: () => Promise<unknown>): Promise<readonly string[]> {
  const asked: string[] = [];
  const names = [
    'commit',
    'commitOrigination',
    'commitRecordings',
    'conference',
    'conferences',
    'participants',
  ] as const;
  const more = ['recording', 'recordings', 'recordingsOf', 'journal'] as const;
  const own = store as unknown as Record<string, unknown>;
  const all = [...names, ...more];
  for (const name of all) {
    const method = (own[name] as (...given: unknown[]) => unknown).bind(store);
    own[name] = (...given: unknown[]) => {
      asked.push(name);
      return method(...given);
    };
  }
  try {
    await act();
  } finally {
    for (const name of all) delete own[name];
  }
  return asked;
}

/** What each operation needs to come as far as what it is about. */
const forms: Readonly<Record<string, Record<string, string>>> = {
  createParticipant: { From: '+15550100001', To: '+15550100002' },
  updateConference: { Status: 'completed' },
  updateParticipant: { Muted: 'true', AnnounceUrl: 'https://app.test/news' },
  updateCall: { Status: 'completed' },
  updateConferenceRecording: { Status: 'stopped' },
};

const inPath: readonly (readonly [string, readonly (keyof Named)[]])[] = [
  ['{ConferenceSid}', ['conference']],
  ['{Participant}', ['call', 'pending', 'label']],
  ['{CallSid}', ['call', 'pending']],
  ['{RecordingSid}', ['recording']],
  ['{NotificationSid}', ['notification']],
];

/** Every way to put names of the account into a path. */
function pathsOf(path: string, named: Named): readonly string[] {
  return inPath.reduce<readonly string[]>(
    (paths, [pattern, kinds]) =>
      paths.flatMap((each) =>
        each.includes(pattern) ? kinds.map((kind) => each.replace(pattern, named[kind])) : [each],
      ),
    [path],
  );
}

type Operation = { readonly method: string; readonly path: string; readonly id: string };

const answered = ({ status, body, headers }: RestAnswer) => ({ status, body, length: headers['content-length'] });

describe('over REST, another account', () => {
  it('is answered of what is there as of what never was, by the same questions, and changes nothing', async () => {
    const { get, ask, first, store, picture } = await tenants();
    const { body: document } = await get('/openapi.json', { authorization: null });
    const operations = Object.entries(
      document.paths as Record<string, Record<string, { operationId: string }>>,
    ).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { operationId: id }]): Operation => ({
          ...{ method: method.toUpperCase(), path: path.replace('/Accounts/{AccountSid}', ''), id },
        }),
      ),
    );
    expect(operations.length).toBeGreaterThanOrEqual(23);
    const before = await picture();
    const tried = async ({ method, id }: Operation, account: string, path: string) =>
      answered(
        await ask(method, `/2010-04-01/Accounts/${account}${path}`, {
          authorization: theirs,
          ...(method === 'POST' ? { form: forms[id] ?? {} } : {}),
        }),
      );
    const seen = new Set<string>();
    let questions = 0;
    for (const operation of operations) {
      const [foreign, unknown] = [pathsOf(operation.path, first), pathsOf(operation.path, never)];
      expect(foreign.join()).not.toContain('{');
      for (const [index, path] of foreign.entries()) {
        const what = `${operation.method} ${path}`;
        // In the first account itself it is not even looked for.
        expect(
          await asksOf(store, async () => {
            expect(await tried(operation, accountSid, path), what).toMatchObject({
              ...{ status: 404, body: { code: 20_404 } },
            });
          }),
          what,
        ).toEqual([]);
        const [theirsOf, nobodys] = [{ answer: {} }, { answer: {} }];
        const asks = [
          await asksOf(store, async () => Object.assign(theirsOf, { answer: await tried(operation, stranger, path) })),
          await asksOf(store, async () =>
            Object.assign(nobodys, { answer: await tried(operation, stranger, unknown[index] ?? '') }),
          ),
        ];
        expect(theirsOf.answer, what).toEqual(nobodys.answer);
        expect(asks[0], what).toEqual(asks[1]);
        questions += asks[0]?.length ?? 0;
        const isOfOne = path !== operation.path.replace('.json', '') && operation.path.includes('{');
        if (isOfOne) expect(theirsOf.answer, what).toMatchObject({ status: 404, body: { code: 20_404 } });
        else expect(JSON.stringify(theirsOf.answer)).not.toContain(first.conference);
        seen.add(operation.id);
      }
    }
    expect(seen.size).toBe(operations.length);
    expect(questions).toBeGreaterThan(20);
    expect(await picture()).toEqual(before);
  });

  it('learns nothing of names, filters and files', async () => {
    const { get, post, first, picture } = await tenants();
    const before = await picture();
    const at = (path: string) => get(`/2010-04-01/Accounts/${stranger}${path}`, { authorization: theirs });
    const pairs: readonly (readonly [string, string])[] = [
      [`/Conferences?FriendlyName=${first.room}`, `/Conferences?FriendlyName=${never.room}`],
      [`/Recordings.json?ConferenceSid=${first.conference}`, `/Recordings.json?ConferenceSid=${never.conference}`],
      [`/Recordings.json?CallSid=${first.call}`, `/Recordings.json?CallSid=${never.call}`],
      [`/Recordings/${first.recording}.wav`, `/Recordings/${never.recording}.wav`],
      [`/Conferences/${first.conference}/Recordings/CURRENT`, `/Conferences/${never.conference}/Recordings/CURRENT`],
      [
        `/Conferences/${first.conference}/Participants?IncludeLeft=true`,
        `/Conferences/${never.conference}/Participants?IncludeLeft=true`,
      ],
    ];
    for (const [theirsOf, nobodys] of pairs) {
      const [one, other] = [await at(theirsOf), await at(nobodys)];
      const without = ({ status, body }: RestAnswer) => ({
        status,
        ...(typeof body === 'object' ? body : {}),
        uri: '',
        first_page_uri: '',
      });
      expect(without(one), theirsOf).toEqual(without(other));
    }
    // A room of the same name is another room.
    const form = { From: '+15550100001', To: '+15550100002' };
    const called = (room: string) =>
      post(`/2010-04-01/Accounts/${stranger}/Conferences/${encodeURIComponent(room)}/Participants`, form, {
        authorization: theirs,
      });
    expect(answered(await called(first.room))).toEqual(answered(await called(never.room)));
    expect(await picture()).toEqual(before);
  });
});

describe('over gRPC, another account', () => {
  const requests: Readonly<Record<string, (named: Named) => object>> = {
    UpdateCall: ({ call }) => ({ callSid: call, update: { case: 'hangUp', value: {} } }),
    GetCall: ({ call }) => ({ callSid: call }),
    ListCalls: () => ({}),
    ReportOrigination: ({ pending }) => ({ callSid: pending, report: { case: 'ringing', value: {} } }),
    SendDigits: ({ call }) => ({ callSid: call, digits: '1' }),
    ListCallbacks: () => ({ list: 1 }),
    ReplayCallbacks: ({ conference }) => ({ ids: [`${conference}-status-1`] }),
    DropCallbacks: ({ conference }) => ({ list: 1, ids: [`${conference}-status-1`] }),
    GetConference: ({ conference }) => ({ conferenceSid: conference }),
    ListConferences: ({ room }) => ({ roomName: room }),
    UpdateConference: ({ conference }) => ({ conferenceSid: conference, update: { case: 'end', value: {} } }),
    WatchConference: ({ conference }) => ({ conferenceSid: conference }),
    ListFindings: ({ call }) => ({ callSid: call }),
    GetParticipant: ({ conference, call }) => ({ conferenceSid: conference, callSid: call }),
    ListParticipants: ({ conference }) => ({ conferenceSid: conference, includeLeft: true }),
    UpdateParticipant: ({ conference, call }) => ({ conferenceSid: conference, callSid: call, muted: true }),
    CreateParticipant: ({ conference }) => ({ conferenceSid: conference, conference: {}, to: '+1', from: '+2' }),
    RemoveParticipant: ({ conference, pending }) => ({ conferenceSid: conference, callSid: pending }),
    StartRecording: ({ conference }) => ({ conferenceSid: conference }),
    UpdateRecording: ({ recording }) => ({ recordingSid: recording, status: RecordingStatus.STOPPED }),
    GetRecording: ({ recording }) => ({ recordingSid: recording }),
    ListRecordings: ({ conference }) => ({ conferenceSid: conference }),
    DeleteRecording: ({ recording }) => ({ recordingSid: recording }),
    CreateRecordingLink: ({ recording }) => ({ recordingSid: recording }),
    DownloadRecording: ({ recording }) => ({ recordingSid: recording, format: 1 }),
    GetLegStatistics: ({ call }) => ({ callSid: call }),
  };
  /** They name nothing of an account, or bring a call of one's own under a sid of one's own. */
  const ofNobody = [
    'GetCapacity',
    'ListShards',
    'Drain',
    'Undrain',
    'GetDrain',
    'ReloadConfig',
    'Dial',
    'Originations',
  ];

  it('is answered of what is there as of what never was, by the same questions, and changes nothing', async () => {
    const { parley, store, first, picture, restMetrics: metrics, restLogger: logger } = await tenants();
    const server = await startGrpcServer({
      ...{ application: parley, clock: systemClock, logger, metrics, address: '127.0.0.1:0' },
      accounts: (authorization) => tokens.get(bearerToken(authorization) ?? '') ?? null,
    });
    const metadata = new Metadata();
    metadata.set('authorization', 'Bearer token-of-other');
    const client = new GrpcClient(server.port, metadata);
    onTestFinished(async () => {
      client.close();
      await server.stop(0);
    });
    const callServices = [CallService, CallbackService, DebuggerService, AdminService];
    const services = [...callServices, ConferenceService, ParticipantService, RecordingService];
    const before = await picture();
    const ask = async (method: DescMethod, request: object): Promise<unknown> => {
      if (method.methodKind === 'unary') {
        return client.unary(method, request as never).then(
          (reply) => ({ reply }),
          (error: ServiceError) => ({ refused: readRefusal(error) }),
        );
      }
      return reader(client.serverStream(method, request as never))
        .next()
        .then(
          (reply) => ({ reply }),
          (error: ServiceError) => ({ refused: readRefusal(error) }),
        );
    };
    for (const method of services.flatMap(({ methods }) => [...methods])) {
      const request = requests[method.name];
      if (request === undefined) {
        expect(ofNobody, `${method.name} is not tried`).toContain(method.name);
        continue;
      }
      const [theirsOf, nobodys] = [{ answer: {} }, { answer: {} }];
      const asks = [
        await asksOf(store, async () => Object.assign(theirsOf, { answer: await ask(method, request(first)) })),
        await asksOf(store, async () => Object.assign(nobodys, { answer: await ask(method, request(never)) })),
      ];
      expect(theirsOf.answer, method.name).toEqual(nobodys.answer);
      expect(asks[0], method.name).toEqual(asks[1]);
      const isOfMany = method.name.startsWith('List') && method.name !== 'ListParticipants';
      const isDesk = method.parent.name === 'CallbackService';
      if (!isOfMany && !isDesk) {
        expect(theirsOf.answer, method.name).toMatchObject({ refused: { contractCode: '20404' } });
      }
    }
    expect(await picture()).toEqual(before);
  });
});
