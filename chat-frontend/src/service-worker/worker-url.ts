const WORKER = '/sw.js';
/** The one policy the page's Content-Security-Policy knows (headers.ts). */
const POLICY = 'bisik-worker';

type Policies = {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): { createScriptURL(address: string): unknown };
};

/**
 * The worker's address in the form `register` takes: where Trusted Types are enforced no plain text does, and a policy is
 * made that knows this address alone.
 */
export function workerAddress(policies = (globalThis as { trustedTypes?: Policies }).trustedTypes): string {
  if (!policies) return WORKER;
  const policy = policies.createPolicy(POLICY, {
    createScriptURL(address) {
      if (address !== WORKER) throw new TypeError(`${address} is no script of this page`);
      return address;
    },
  });
  return policy.createScriptURL(WORKER) as string;
}
