/** `none`: this box has no tunnel that it knows of. */
export type Tunnel = 'connected' | 'away' | 'none';

const TIMEOUT_MS = 2000;

/**
 * Whether the tunnel is connected, by cloudflared's own `/ready` (200 while it has a connection to the edge). The address is
 * the operator's: it may be private, and redirects are not followed.
 */
export async function readTunnel(url: string | undefined): Promise<Tunnel> {
  if (url === undefined) return 'none';
  try {
    const { get } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
    return await new Promise<Tunnel>((resolve, reject) => {
      const request = get(
        new URL('/ready', url),
        { agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) },
        (response) => {
          resolve(response.statusCode === 200 ? 'connected' : 'away');
          response.on('error', () => {});
          response.destroy();
        },
      );
      request.on('error', reject);
    });
  } catch {
    return 'away';
  }
}
