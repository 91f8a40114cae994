/** A listener that cannot listen says which setting it is about, and what is to be done. */
import type { Face } from './app/lifecycle.js';
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
        const text = error instanceof Error ? error.message : String(error);
        const meaning = meanings.find(([pattern]) => pattern.test(text))?.[1] ?? text;
        throw new Error(`${setting}: cannot listen on ${listenAddressText(address)}: ${meaning}`, { cause: error });
      }
    },
  };
}
