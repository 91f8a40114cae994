/** What an application was told, and what is wrong with it. */

export type Told = {
  /** The idempotency key. */
  readonly key: string;
  readonly conferenceSid: string;
  readonly sequenceNumber: number;
  readonly event: string;
  /** Empty where the event is of no call. */
  readonly callSid: string;
  readonly body: string;
  /** The receiver said so. */
  readonly isTaken: boolean;
};

/** A command that was accepted, by the callback that must come of it. */
export type Expected = { readonly conferenceSid: string; readonly callSid: string; readonly event: string };

export type Promises = {
  readonly accepted: readonly Expected[];
  /** Calls that were refused: nobody may hear of them. */
  readonly refused: ReadonlySet<string>;
};

/** In words; empty when nothing is wrong. `told` is in the order of arrival, everything was subscribed to. */
export const complaints = (promises: Promises, told: readonly Told[]): readonly string[] => [
  ...missing(promises, told),
  ...told.filter(({ callSid }) => promises.refused.has(callSid)).map((each) => `refused, and told: ${nameOf(each)}`),
  ...outOfOrder(told),
  ...unlike(told),
];

const nameOf = ({ event, callSid, conferenceSid }: Expected): string => `${event} of ${callSid} in ${conferenceSid}`;

function missing({ accepted }: Promises, told: readonly Told[]): readonly string[] {
  const came = new Map<string, Set<string>>();
  for (const each of told.filter(({ isTaken }) => isTaken)) {
    const name = nameOf(each);
    came.set(name, (came.get(name) ?? new Set()).add(each.key));
  }
  const wanted = new Map<string, number>();
  for (const each of accepted) wanted.set(nameOf(each), (wanted.get(nameOf(each)) ?? 0) + 1);
  return [...wanted].flatMap(([name, count]) => {
    const had = came.get(name)?.size ?? 0;
    return had >= count ? [] : [`accepted ${count} times and told ${had} times: ${name}`];
  });
}

/** The numbers of a conference have no gap, and none is told before the one below it was taken. */
function outOfOrder(told: readonly Told[]): readonly string[] {
  const takenOf = new Map<string, number>();
  return told.flatMap(({ conferenceSid, sequenceNumber, isTaken }) => {
    const taken = takenOf.get(conferenceSid) ?? 0;
    if (isTaken) takenOf.set(conferenceSid, Math.max(taken, sequenceNumber));
    return sequenceNumber <= taken + 1 ? [] : [`${conferenceSid}: ${sequenceNumber} came when ${taken} was the last`];
  });
}

/** One number, one meaning, one key: whatever comes twice is the same twice. */
function unlike(told: readonly Told[]): readonly string[] {
  const first = new Map<string, Told>();
  return told.flatMap((each) => {
    const name = `${each.conferenceSid} ${each.sequenceNumber}`;
    const before = first.get(name);
    if (before === undefined) first.set(name, each);
    const isSame = before === undefined || (before.key === each.key && before.body === each.body);
    return isSame ? [] : [`${name} came as two different things`];
  });
}
