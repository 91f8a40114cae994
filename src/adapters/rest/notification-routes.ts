/** Notifications: what the debugger list of the account holds (CONTRACT §11). */
import type { Application } from '../../app/application.js';
import type { AccountSid, CallSid } from '../../base/brands.js';
import { err, ok, type Result } from '../../base/result.js';
import { notFound, type RestFailure } from './failure.js';
import { callInPath, callSidOf, shown } from './identifiers.js';
import { notificationSchema, numberOfSid, toNotificationResource } from './notification-resource.js';
import { badToken, type Listed, type PageRequest } from './pages.js';
import { choice, spanOf, spans } from './parameters.js';
import { type Asked, listRoute, type Route, route } from './route.js';

const tag = 'Notifications';

const filters = {
  Log: choice(['0', '1'], '`0`: only errors, `1`: only warnings.'),
  ...spans('MessageDate', 'Noted'),
};

const tokenPattern = /^PA([0-9a-f]{32})$/;

const inPath = {
  NotificationSid: { description: 'The notification.', schema: { type: 'string', pattern: '^NO[0-9a-f]{32}$' } },
} as const;

export function notificationRoutes(application: Application): readonly Route[] {
  const list = async (
    { accountSid, flavour, said }: Asked<typeof filters>,
    { number, size, token }: PageRequest,
    callSid: CallSid | null,
  ): Promise<Result<Listed<unknown>, RestFailure>> => {
    const [, digits] = tokenPattern.exec(token ?? '') ?? [];
    if (token !== null && digits === undefined) return err(badToken);
    const { fromMs, untilMs } = spanOf('MessageDate', said);
    const filter = {
      ...(callSid === null ? {} : { callSid }),
      ...(said.Log === undefined ? {} : { level: said.Log === '0' ? ('error' as const) : ('warning' as const) }),
      ...(fromMs === null ? {} : { fromMs }),
      ...(untilMs === null ? {} : { untilMs }),
    };
    const skipped = token === null ? number * size : 0;
    const before = digits === undefined ? null : Number.parseInt(digits, 16);
    const found = application.findings(accountSid, before, skipped + size, filter);
    return ok({
      items: found.entries.slice(skipped).map((noted) => toNotificationResource(accountSid, noted, flavour)),
      next: found.next === null ? null : `PA${found.next.toString(16).padStart(32, '0')}`,
      previous: null,
    });
  };

  return [
    listRoute({
      id: 'listNotifications',
      path: '/Notifications',
      ...{ tag, pathParameters: {}, parameters: filters, key: 'notifications', item: notificationSchema },
      summary: 'List what was odd or wrong',
      description: 'About documents, what they name, and requests; newest first, the last 1000 of the account.',
      segments: () => ['Notifications'],
      list: (asked, page) => list(asked, page, null),
    }),

    listRoute({
      id: 'listNotificationsOfCall',
      path: '/Calls/{CallSid}/Notifications',
      ...{ tag, pathParameters: callInPath, parameters: filters, key: 'notifications', item: notificationSchema },
      summary: 'List what was odd or wrong about one call',
      description: 'Newest first, of the last 1000 of the account.',
      segments: (asked) => ['Calls', shown('call', asked), 'Notifications'],
      async list(asked, page) {
        const sid = callSidOf(asked);
        if (!sid.ok) return sid;
        return application.call(asked.accountSid, sid.value).ok ? list(asked, page, sid.value) : err(notFound);
      },
    }),

    route({
      id: 'fetchNotification',
      method: 'GET',
      path: '/Notifications/{NotificationSid}',
      ...{ tag, pathParameters: inPath, parameters: {} },
      summary: 'Show one of them',
      description: 'As long as it is among the last 1000.',
      answer: { status: 200, schema: notificationSchema },
      async handle({ accountSid, flavour, path: { NotificationSid: sid = '' } }) {
        const noted = notedAs(application, accountSid, sid);
        return noted === undefined ? err(notFound) : ok(toNotificationResource(accountSid, noted, flavour));
      },
    }),
  ];
}

function notedAs(application: Application, accountSid: AccountSid, sid: string) {
  const number = numberOfSid(sid);
  if (number === null) return undefined;
  const { entries } = application.findings(accountSid, number + 1, 1);
  return entries.find((noted) => noted.number === number);
}
