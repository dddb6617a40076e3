import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** A WebDAV server (RFC 4918) in memory, as far as backups use it, below the path `/dav/`. */
export type WebdavServer = {
  url: string;
  files: Map<string, Buffer>;
  folders: Set<string>;
  /** Called with each request, before it is answered; a status that it returns is the answer. */
  intercept: ((method: string, name: string) => number | undefined) | undefined;
  stop(): Promise<void>;
};

const ROOT = '/dav/';

export async function startWebdavServer(user: string, password: string): Promise<WebdavServer> {
  const files = new Map<string, Buffer>();
  const folders = new Set(['']);
  const state: WebdavServer = { url: '', files, folders, intercept: undefined, stop: async () => {} };
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const nameOf = (path: string) => decodeURIComponent(path.slice(ROOT.length)).replace(/\/$/, '');
  const parentOf = (name: string) => name.split('/').slice(0, -1).join('/');

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const name = nameOf(new URL(request.url ?? '', state.url).pathname);
    const status = state.intercept?.(request.method ?? '', name);
    if (status !== undefined) {
      request.resume();
      return response.writeHead(status).end();
    }
    const body = await buffer(request).catch(() => undefined);
    if (!body) {
      // As real servers do: what arrived of an upload that was cut off stays.
      if (request.method === 'PUT') files.set(name, Buffer.alloc(1));
      return;
    }
    if (request.headers.authorization !== expected) return response.writeHead(401).end();
    const found = files.get(name);
    switch (request.method) {
      case 'PROPFIND':
        if (!folders.has(name)) return response.writeHead(404).end();
        return response.writeHead(207).end(membersOf(name));
      case 'MKCOL':
        if (folders.has(name)) return response.writeHead(405).end();
        if (!folders.has(parentOf(name))) return response.writeHead(409).end();
        folders.add(name);
        return response.writeHead(201).end();
      case 'PUT':
        if (!folders.has(parentOf(name))) return response.writeHead(409).end();
        files.set(name, body);
        return response.writeHead(201).end();
      case 'MOVE': {
        if (!found) return response.writeHead(404).end();
        files.delete(name);
        files.set(nameOf(new URL(String(request.headers.destination)).pathname), found);
        return response.writeHead(201).end();
      }
      case 'DELETE':
        files.delete(name);
        return response.writeHead(found ? 204 : 404).end();
      default:
        if (!found) return response.writeHead(404).end();
        response.setHeader('content-length', found.length);
        return response.end(request.method === 'HEAD' ? undefined : found);
    }
  };
  const membersOf = (folder: string): string => {
    const responseOf = (name: string, inside: string) => {
      const path = name === '' ? ROOT : ROOT + name.split('/').map(encodeURIComponent).join('/');
      return `<D:response><D:href>${path}</D:href><D:propstat><D:prop>${inside}</D:prop></D:propstat></D:response>`;
    };
    const isMember = (name: string) => name !== '' && parentOf(name) === folder;
    const collection = '<D:resourcetype><D:collection/></D:resourcetype>';
    return [
      '<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">',
      responseOf(folder, collection),
      ...[...folders].filter(isMember).map((name) => responseOf(`${name}/`, collection)),
      ...[...files]
        .filter(([name]) => isMember(name))
        .map(([name, { length }]) =>
          responseOf(name, `<D:resourcetype/><D:getcontentlength>${length}</D:getcontentlength>`),
        ),
      '</D:multistatus>',
    ].join('');
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  state.url = `http://127.0.0.1:${address.port}${ROOT}`;
  state.stop = async () => {
    server.closeAllConnections();
    await new Promise((ended) => server.close(ended));
  };
  return state;
}
