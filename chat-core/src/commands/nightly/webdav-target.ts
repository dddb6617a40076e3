import { elementsOf, unescapeXml } from '../../storage/s3/xml.ts';
import { readSecret, type TargetSettings } from './config.ts';
import { refusedBy, sendRequest, type TargetResponse, textOf } from './http-client.ts';
import { BackupError, isOwnName, type LocalFile, type Target, type TargetFile } from './target.ts';

const UNFINISHED = '.unfinished';
const SIZES =
  '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getcontentlength/><resourcetype/></prop></propfind>';

/** A member of a collection: a file with its size, or a folder. */
type Member = { name: string; size: number; isFolder: boolean };

/** A folder of a WebDAV server (RFC 4918). A file is uploaded under another name, checked by its size and then moved. */
export function webdavTarget(settings: Extract<TargetSettings, { kind: 'webdav' }>): Target {
  const base = new URL(settings.url);
  const urlOf = (name: string) => new URL(name.split('/').map(encodeURIComponent).join('/'), base);
  const madeFolders = new Set<string>();

  const send = async (
    method: string,
    url: URL,
    more: { headers?: Record<string, string>; body?: LocalFile | string } = {},
  ): Promise<TargetResponse> => {
    const { user, passwordFile } = settings;
    const password = passwordFile === undefined ? '' : readSecret(passwordFile);
    const basic = Buffer.from(`${user}:${password}`).toString('base64');
    const headers = { ...(user !== undefined && { authorization: `Basic ${basic}` }), ...more.headers };
    return sendRequest({ method, url, ...more, headers });
  };
  const done = async (
    method: string,
    url: URL,
    more: Parameters<typeof send>[2] = {},
    also: number[] = [],
  ): Promise<{ status: number; text: string }> => {
    const response = await send(method, url, more);
    const text = await textOf(response, url);
    const { status } = response;
    if ((status < 200 || status > 299) && !also.includes(status)) throw refusedBy(url, status);
    return { status, text };
  };
  /** The members of a folder; `undefined` when there is no such folder. */
  const membersOf = async (folder: string): Promise<Member[] | undefined> => {
    const url = folder === '' ? base : urlOf(`${folder}/`.replace(/\/$/, ''));
    const at = folder === '' ? base : new URL(`${url.href}/`);
    const headers = { depth: '1', 'content-type': 'application/xml' };
    const { status, text } = await done('PROPFIND', at, { headers, body: SIZES }, [404]);
    if (status === 404) return undefined;
    return elementsOf(text, 'response').flatMap((one) => {
      const [href = ''] = elementsOf(one, 'href').map(unescapeXml);
      const path = URL.parse(href, at.href)?.pathname ?? '';
      const inside = path.startsWith(at.pathname) ? path.slice(at.pathname.length).replace(/\/$/, '') : '';
      if (inside === '' || inside.includes('/')) return [];
      const isFolder = /<(?:[\w-]+:)?collection[\s/>]/.test(one);
      const size = Number(elementsOf(one, 'getcontentlength')[0] ?? 0);
      return [{ name: decodeURIComponent(inside), size, isFolder }];
    });
  };
  const filesIn = async (folder: string): Promise<TargetFile[]> =>
    ((await membersOf(folder)) ?? [])
      .filter(({ isFolder }) => !isFolder)
      .map(({ name, size }) => ({ name: folder === '' ? name : `${folder}/${name}`, size }))
      .filter(({ name }) => isOwnName(name));
  /** Makes the folders above a name, each once. */
  const makeFolders = async (name: string) => {
    const parts = name.split('/').slice(0, -1);
    for (const depth of parts.keys()) {
      const folder = parts.slice(0, depth + 1).join('/');
      if (madeFolders.has(folder)) continue;
      // 405: it is there (RFC 4918 §9.3.1).
      await done('MKCOL', new URL(`${urlOf(folder).href}/`), {}, [405]);
      madeFolders.add(folder);
    }
  };
  const sizeOf = async (url: URL): Promise<number | undefined> => {
    const { status, headers, body } = await send('HEAD', url);
    body.resume();
    return status === 200 ? Number(headers['content-length']) : undefined;
  };

  return {
    label: base.href,
    list: async () => {
      const top = await membersOf('');
      if (!top) throw new BackupError('TARGET_MISSING', `There is no folder ${base.href}: make it first.`);
      const files = await filesIn('');
      for (const { name, isFolder } of (await membersOf('attachments')) ?? [])
        if (isFolder) files.push(...(await filesIn(`attachments/${name}`)));
      return files;
    },
    put: async (name, file) => {
      await makeFolders(name);
      const temporary = urlOf(`${name}${UNFINISHED}`);
      await done('PUT', temporary, { body: file });
      if ((await sizeOf(temporary)) !== file.size)
        throw new BackupError('TARGET_DAMAGED', `${base.host} has not stored all of ${name}.`);
      await done('MOVE', temporary, { headers: { destination: urlOf(name).href, overwrite: 'T' } });
    },
    get: async (name) => {
      const response = await send('GET', urlOf(name));
      if (response.status === 200) return response.body;
      response.body.resume();
      throw refusedBy(base, response.status);
    },
    remove: async (name) => {
      await done('DELETE', urlOf(name), {}, [404]);
    },
  };
}
