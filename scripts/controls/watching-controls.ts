import type { Control } from './control.ts';

const WATCHING = 'chat-core/src/watching';

/** Faults in what watches a box: its metrics, its alerts. */
export const WATCHING_CONTROLS: Control[] = [
  {
    row: 'T-MN1',
    fault: 'the port of the metrics answers what comes through the tunnel',
    file: `${WATCHING}/metrics-server.ts`,
    from: 'isAsked && !isForwarded(request)',
    to: 'isAsked',
    test: 'chat-core/test/metrics.test.ts',
    title: 'answers nothing that comes through the tunnel or another proxy',
  },
  {
    row: 'T-MN1',
    fault: 'the port of the metrics answers the page of a stranger, by DNS rebinding',
    file: `${WATCHING}/metrics-server.ts`,
    from: " && checkHost(request) === 'accepted'",
    to: '',
    test: 'chat-core/test/metrics.test.ts',
    title: 'answers under an address and names of this network, not under the name of a stranger',
  },
  {
    row: 'T-MN1',
    fault: 'requests are counted by their path, which names people',
    file: 'chat-core/src/http/handle-request.ts',
    from: 'this.deps.stats.record(this.route, this.response.statusCode, workedMs);',
    to: "this.deps.stats.record({ method: 'get', path: this.request.url ?? '' }, this.response.statusCode, workedMs);",
    test: 'chat-core/test/metrics.test.ts',
    title: 'count requests by the pattern of their route, messages, commits and calls of the cipher',
  },
  {
    row: 'T-MN2',
    fault: 'an alert that comes and goes is sent each time',
    file: `${WATCHING}/alerts/alerts.ts`,
    from: 'state.isNotified || at - notifiedAt < DAY_MS',
    to: 'state.isNotified || at < notifiedAt',
    test: `${WATCHING}/alerts/alerts.test.ts`,
    title: 'a cause that comes and goes is sent once a day, with one end',
  },
  {
    row: 'T-MN2',
    fault: 'an alert goes to everyone',
    file: `${WATCHING}/alerts/watcher.ts`,
    from: 'if (store.signedIn(id)?.owner) pushes',
    to: 'if (store.signedIn(id)) pushes',
    test: 'chat-core/test/owner-alerts.test.ts',
    title: 'an owner and the addresses of the operator get an alert and its end, and no other person does',
  },
  {
    row: 'T-MN2',
    fault: 'an alert goes to the internet by plain http',
    file: `${WATCHING}/alerts/alert-posts.ts`,
    from: "(protocol === 'https:' && isPublicAddress(address))",
    to: '(protocol !== undefined && isPublicAddress(address))',
    test: `${WATCHING}/alerts/alert-posts.test.ts`,
    title: 'plain http stays at home, and special networks are never called',
  },
];
