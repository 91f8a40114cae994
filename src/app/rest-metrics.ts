/** What is counted of the REST API. */
import { durationBuckets } from './delivery/delivery-metrics.js';

/** Its routes by what they do, as the OpenAPI document names them. */
export const restRoutes = [
  'listConferences',
  'fetchConference',
  'updateConference',
  'listParticipants',
  'createParticipant',
  'fetchParticipant',
  'updateParticipant',
  'removeParticipant',
  'listCalls',
  'fetchCall',
  'updateCall',
  'listNotifications',
  'listNotificationsOfCall',
  'fetchNotification',
  'listConferenceRecordings',
  'startConferenceRecording',
  'fetchConferenceRecording',
  'updateConferenceRecording',
  'deleteConferenceRecording',
  'listCallRecordings',
  'listRecordings',
  'fetchRecording',
  'deleteRecording',
  'recordingMedia',
] as const;
export type RestRoute = (typeof restRoutes)[number];

/** Every status that is answered; `other`: what the HTTP server itself refuses. */
const statuses = [
  '200',
  '201',
  '204',
  '400',
  '401',
  '403',
  '404',
  '405',
  '413',
  '415',
  '422',
  '429',
  '500',
  '503',
  'other',
] as const;
type RestStatus = (typeof statuses)[number];

export const restStatusOf = (status: number): RestStatus => statuses.find((each) => each === String(status)) ?? 'other';

export const restMetrics = {
  parley_failed_logins_total: {
    type: 'counter',
    help: 'Wrong credentials, over whichever face: told that they are wrong, or to wait since there were too many.',
    labels: { answer: ['refused', 'limited'] },
  },
  parley_rest_requests_total: {
    type: 'counter',
    help: 'Requests to the REST API by route and status; route none: of no route, such as an unknown path or a page.',
    labels: { route: [...restRoutes, 'none'], status: statuses },
  },
  parley_rest_request_duration_seconds: {
    type: 'histogram',
    help: 'From the head of a request to the REST API being read to its answer being written.',
    labels: { route: [...restRoutes, 'none'] },
    buckets: durationBuckets,
  },
  parley_audit_lost_total: {
    type: 'counter',
    help: 'Lines of the audit trail that could not be written.',
    labels: {},
  },
} as const;
