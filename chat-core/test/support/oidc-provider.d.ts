/** The part of oidc-provider that is used. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  type Context = {
    body: unknown;
    oidc: {
      route?: string;
      client: { clientId: string };
      session: { accountId: string };
      provider: { Grant: new (of: object) => { addOIDCScope(scope: string): void; save(): Promise<void> } };
    };
  };
  // biome-ignore lint/style/noDefaultExport: the package exports its class as the default
  export default class Provider {
    constructor(issuer: string, configuration: object);
    callback(): RequestListener;
    use(middleware: (ctx: Context, next: () => Promise<void>) => Promise<void>): void;
    interactionFinished(request: unknown, response: unknown, result: object): Promise<void>;
    on(event: string, listener: (...args: unknown[]) => void): void;
  }
}
