/**
 * What a command prints when the network, a registry or the emulator failed it, and not the product. Anything else is
 * never tried again.
 */
const ENVIRONMENT = new RegExp(
  [
    'ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ERR_SOCKET_TIMEOUT|socket hang up',
    'npm error code E5\\d\\d|npm error network|\\b50[234] (Bad|Service|Gateway)',
    'Temporary failure|Could not connect|Failed to fetch|Hash Sum mismatch|Connection (timed out|failed)',
    'TLS handshake timeout|i/o timeout|Could not get lock',
    'qemu: uncaught target signal',
  ].join('|'),
);
const MAX_ATTEMPTS = 3;
const PAUSE_MS = 5_000;

export function isEnvironmentFault(error: unknown): boolean {
  return ENVIRONMENT.test(String(error));
}

/**
 * Runs `attempt`, up to three times where its environment fails it. `onRetry` is given the reason of each repetition.
 * @throws what the last attempt threw, or the first that was no fault of the environment
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  onRetry: (reason: string) => void = () => {},
  pauseMs = PAUSE_MS,
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (attempts === MAX_ATTEMPTS || !isEnvironmentFault(error)) throw error;
      onRetry(ENVIRONMENT.exec(String(error))?.[0] ?? '');
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
