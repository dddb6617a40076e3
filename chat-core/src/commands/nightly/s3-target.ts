import { listQuery, readListPage, signRequest } from '../../storage/s3/signed-request.ts';
import { readSecret, type TargetSettings } from './config.ts';
import { refusedBy, sendRequest, type TargetResponse, textOf } from './http-client.ts';
import { BackupError, isOwnName, type LocalFile, type Target, type TargetFile } from './target.ts';

/** The longest object that one PUT may store (S3 API reference, PutObject). */
const MAX_PUT_BYTES = 5 * 2 ** 30;

type Call = { method: string; key?: string; query?: Record<string, string>; file?: LocalFile };

/**
 * A bucket of an S3-compatible service, by path-style addresses. One PUT stores an object whole or not at all; it carries
 * the SHA-256 of the file in its signature (AWS Signature Version 4), so that the service refuses other bytes.
 */
export function s3Target(settings: Extract<TargetSettings, { kind: 's3' }>): Target {
  const { endpoint, bucket, prefix } = settings;
  const base = new URL(endpoint);
  const keyOf = (name: string) => (prefix === '' ? name : `${prefix}/${name}`);

  const send = async ({ file, ...call }: Call): Promise<TargetResponse> => {
    const [keyId, secret] = [readSecret(settings.keyIdFile), readSecret(settings.secretFile)];
    const signed = await signRequest(
      { ...settings, keyId, secret },
      { ...call, ...(file && { sha256: file.sha256 }) },
    );
    return sendRequest({ ...signed, ...(file && { body: file }) });
  };
  const done = async (call: Call, also: number[] = []): Promise<string> => {
    const response = await send(call);
    const text = await textOf(response, base);
    const { status } = response;
    if ((status < 200 || status > 299) && !also.includes(status)) throw refusedBy(base, status);
    return text;
  };

  return {
    label: `s3://${bucket}${prefix && `/${prefix}`} (${base.host})`,
    list: async () => {
      const files: TargetFile[] = [];
      let next: string | undefined;
      do {
        const query = listQuery(prefix === '' ? '' : `${prefix}/`, next);
        const page = readListPage(await done({ method: 'GET', query }));
        if (!page)
          throw new BackupError('TARGET_REFUSED', `${base.origin} does not list the bucket ${bucket}.`);
        for (const { key, size } of page.objects) {
          const name = prefix === '' ? key : key.slice(prefix.length + 1);
          if (isOwnName(name)) files.push({ name, size });
        }
        next = page.next;
      } while (next !== undefined);
      return files;
    },
    put: async (name, file) => {
      if (file.size > MAX_PUT_BYTES)
        throw new BackupError('TARGET_FULL', `${name} has more than 5 GB, which S3 stores in no single PUT.`);
      await done({ method: 'PUT', key: keyOf(name), file });
      const { status, headers, body } = await send({ method: 'HEAD', key: keyOf(name) });
      body.resume();
      if (status !== 200 || Number(headers['content-length']) !== file.size)
        throw new BackupError('TARGET_DAMAGED', `${base.host} has not stored all of ${name}.`);
    },
    get: async (name) => {
      const response = await send({ method: 'GET', key: keyOf(name) });
      if (response.status === 200) return response.body;
      response.body.resume();
      throw refusedBy(base, response.status);
    },
    remove: async (name) => {
      await done({ method: 'DELETE', key: keyOf(name) }, [404]);
    },
  };
}
