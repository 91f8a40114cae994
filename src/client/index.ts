/** `@parley/client`: what an application needs to be in a conference, and to be in charge of one. */
export { ApiClient, type CallOptions } from './api-client.js';
export type { Call } from './call.js';
export type { Rate } from './coding.js';
export type { Conference, ConferenceRecording } from './conference.js';
export type { HeardFrame } from './hearing.js';
export { type ConnectOptions, type JoinOptions, Parley, type Pem, type TlsOptions } from './parley.js';
export { type FieldViolation, ParleyError, type StatusName } from './parley-error.js';
export type { Played, PlayOptions } from './playback.js';
export type { SoundSource, SoundStream } from './sound-source.js';
export type { Turn, TurnOptions } from './turns.js';
export type { WatchOptions } from './watch.js';
export { parseWav, type Sound, wavBytes } from './wav.js';
