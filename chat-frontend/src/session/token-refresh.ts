import type { Api } from '../api/api.ts';
import type { Sessions } from './session.ts';

const CHECK_MS = 60 * 60 * 1_000;

/** Renews the session's token when it is due: now and then, and when `check` is called. */
export function keepRenewed(api: Pick<Api, 'refresh'>, session: Sessions, isLeading: () => boolean) {
  async function renew(): Promise<void> {
    // The token still lives for weeks: a failed renewal is tried again at the next check.
    await api.refresh().then(
      ({ token }) => session.renew(token),
      () => undefined,
    );
  }

  function check(): void {
    if (isLeading() && session.renewalDue()) void renew();
  }

  const checking = setInterval(check, CHECK_MS);
  return { check, close: () => clearInterval(checking) };
}
