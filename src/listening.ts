/** What cannot listen says which setting it is about, and what is to be done. */
import { getSystemErrorName } from 'node:util';
import { receiveBufferBytes, type UdpSockets } from './adapters/engine/rtp-sockets.js';
import type { Face } from './app/lifecycle.js';
import { messageOf } from './base/thrown.js';
import { type ListenAddress, listenAddressText } from './config/address.js';
import type { SettingName } from './config/settings.js';

const meanings: readonly (readonly [RegExp, string])[] = [
  [/EADDRINUSE/, 'another program listens there (EADDRINUSE)'],
  [/EACCES/, 'a port below 1024 needs a permission: CAP_NET_BIND_SERVICE (EACCES)'],
  [/EADDRNOTAVAIL/, 'this machine has no such address (EADDRNOTAVAIL)'],
  [/ENOTFOUND|EAI_AGAIN|Name resolution failed/, 'the host is not known by name (ENOTFOUND)'],
];

export function tellingFace(setting: SettingName, address: ListenAddress, face: Face): Face {
  return {
    ...face,
    async listen() {
      try {
        return await face.listen();
      } catch (error) {
        const text = messageOf(error);
        const where = listenAddressText(address);
        throw new Error(`${setting}: cannot listen on ${where}: ${meaningOf(text)}`, { cause: error });
      }
    },
  };
}

/** Throws when no socket for RTP could be bound to `address`: else each call would be refused for it. */
export function tryMediaAddress(udp: Pick<UdpSockets, 'bindUdp' | 'closeUdp'>, address: string): void {
  const socket = udp.bindUdp(address, 0, receiveBufferBytes);
  if (socket < 0) {
    throw new Error(`mediaBind: RTP cannot be received on ${address}: ${meaningOf(getSystemErrorName(socket))}`);
  }
  udp.closeUdp(socket);
}

const meaningOf = (text: string): string => meanings.find(([pattern]) => pattern.test(text))?.[1] ?? text;
