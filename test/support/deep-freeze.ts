/** Makes every later change to a value throw, so that a function called pure is caught when it is not. */

function refuseChange(): never {
  throw new Error('something given as readonly was changed');
}

/** Freezes `value` and all it holds, maps included, and returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) {
    for (const method of ['set', 'delete', 'clear']) Object.defineProperty(value, method, { value: refuseChange });
    for (const [key, held] of value) {
      deepFreeze(key);
      deepFreeze(held);
    }
  }
  Object.freeze(value);
  for (const held of Object.values(value)) deepFreeze(held);
  return value;
}
