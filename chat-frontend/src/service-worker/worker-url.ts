const WORKER_URL = '/sw.js';
/** The one policy the page's Content-Security-Policy knows (headers.ts). */
const POLICY = 'bisik-worker';

type Policies = {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): unknown };
};

/**
 * The worker's URL in the form that `register` takes: where Trusted Types are enforced it refuses a string, and a policy
 * is created that allows this URL alone.
 */
export function workerUrl(policies = (globalThis as { trustedTypes?: Policies }).trustedTypes): string {
  if (!policies) return WORKER_URL;
  const policy = policies.createPolicy(POLICY, {
    createScriptURL(url) {
      if (url !== WORKER_URL) throw new TypeError(`${url} is not the worker of this page`);
      return url;
    },
  });
  return policy.createScriptURL(WORKER_URL) as string;
}
