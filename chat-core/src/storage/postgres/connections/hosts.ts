import { isIP } from 'node:net';
import { Client, type ClientConfig } from 'pg';

type Host = Pick<ClientConfig, 'connectionString' | 'ssl'>;
type Callback = (error?: Error) => void;

/** The hosts of DATABASE_URL, of which one is the primary, and which of them that was last. */
export class Hosts {
  readonly count: number;
  private readonly hosts: Host[];
  private index = 0;
  private readonly open = new Map<Client, Host>();

  /** @throws Error with a sentence when the address is none of PostgreSQL */
  constructor(databaseUrl: string) {
    this.hosts = addressesOf(databaseUrl).map(hostOf);
    this.count = this.hosts.length;
  }

  /** Where the primary is looked for next. */
  get current(): Host {
    return this.hosts[this.index] as Host;
  }

  /** No connection was made to this host, or only to a standby: the next one is tried. */
  failed(host: Host): void {
    if (host === this.current) this.index = (this.index + 1) % this.count;
  }

  /**
   * The primary answered at this host. Connections to others are cut: a server whose power was cut, or that hangs, does not end
   * them, and statements would wait for their timeouts.
   */
  connected(client: Client, host: Host): void {
    this.open.set(client, host);
    client.once('end', () => this.open.delete(client));
    for (const [other, where] of this.open) if (where !== host) other.connection.stream.destroy();
  }
}

/** DATABASE_URL as one address for each of its hosts: `//a:5432,b:5432/name`, or `?host=/a,/b` for Unix sockets, as libpq reads them. */
export function addressesOf(databaseUrl: string): string[] {
  const [, before = '', hosts = '', after = ''] =
    /^(\w+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s.exec(databaseUrl) ?? [];
  return hosts.split(',').flatMap((host) => {
    const address = before + host + after;
    const sockets = URL.parse(address)?.searchParams.get('host')?.split(',') ?? [];
    if (sockets.length < 2) return [address];
    return sockets.map((socket) => {
      const one = new URL(address);
      one.searchParams.set('host', socket);
      return one.href;
    });
  });
}

function hostOf(address: string): Host {
  const url = URL.parse(address);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2)
    throw new Error(
      'The variable DATABASE_URL takes an address such as postgres://user:password@host:5432/database.',
    );
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
  const hasMode = ['ssl', 'sslmode'].some((name) => url.searchParams.has(name));
  // Over a network the certificate is checked, unless the address says otherwise.
  return { connectionString: address, ...(!hasMode && !isLocal(host) && { ssl: true }) };
}

/** A Unix socket, or this machine. */
function isLocal(host: string): boolean {
  if (host === '' || host.startsWith('/') || host === 'localhost') return true;
  return isIP(host) === 4 ? host.startsWith('127.') : host === '::1' || host === '[::1]';
}

/**
 * The class of connections to the primary. Each is made to the host where it was last, and fails when a standby answers there: a
 * standby may lack what a core has seen. A server says which of both it is when a connection is made, and a primary becomes a
 * standby only by a restart, which ends its connections.
 */
export function primaryClient(hosts: Hosts): typeof Client {
  return class extends Client {
    private readonly target: Host;
    private isStandby = false;

    constructor(config?: string | ClientConfig) {
      const target = hosts.current;
      super({ ...(config as ClientConfig), ...target });
      this.target = target;
      this.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
        if (parameterName === 'in_hot_standby') this.isStandby = parameterValue === 'on';
      });
    }

    override connect(): Promise<Client>;
    override connect(callback: Callback): void;
    override connect(callback?: Callback): Promise<Client> | undefined {
      const connected = super.connect().then(
        async () => {
          if (!this.isStandby) {
            hosts.connected(this, this.target);
            return this;
          }
          hosts.failed(this.target);
          await this.end().catch(() => {});
          throw Object.assign(new Error('the database is a standby'), { code: '25006' });
        },
        (error: Error) => {
          hosts.failed(this.target);
          throw error;
        },
      );
      if (!callback) return connected;
      connected.then(
        () => process.nextTick(callback),
        (error: Error) => process.nextTick(callback, error),
      );
      return undefined;
    }
  };
}
