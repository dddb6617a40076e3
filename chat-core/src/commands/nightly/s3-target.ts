import { AwsV4Signer } from 'aws4fetch';
import { readSecret, type TargetSettings } from './config.ts';
import {
  elementsOf,
  refusedBy,
  sendRequest,
  type TargetResponse,
  textOf,
  unescapeXml,
} from './http-client.ts';
import { BackupError, isOwnName, type LocalFile, type Target, type TargetFile } from './target.ts';

/** SHA-256 of nothing: requests without a body are signed with it. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
/** The longest object that one PUT may store (S3 API reference, PutObject). */
const MAX_PUT_BYTES = 5 * 2 ** 30;

/**
 * A bucket of an S3-compatible service, by path-style addresses. One PUT stores an object whole or not at all; it carries
 * the SHA-256 of the file in its signature (AWS Signature Version 4), so that the service refuses other bytes.
 */
export function s3Target(settings: Extract<TargetSettings, { kind: 's3' }>): Target {
  const { endpoint, region, bucket, prefix } = settings;
  const base = new URL(`${endpoint.replace(/\/*$/, '')}/${bucket}/`);
  const keyOf = (name: string) => (prefix === '' ? name : `${prefix}/${name}`);
  const urlOf = (name: string) => new URL(keyOf(name).split('/').map(encodeURIComponent).join('/'), base);

  const send = async (method: string, url: URL, file?: LocalFile): Promise<TargetResponse> => {
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers: { 'x-amz-content-sha256': file?.sha256 ?? EMPTY_SHA256 },
      accessKeyId: readSecret(settings.keyIdFile),
      secretAccessKey: readSecret(settings.secretFile),
      service: 's3',
      region,
    });
    const signed = await signer.sign();
    const headers = Object.fromEntries(signed.headers);
    return sendRequest({ method, url: signed.url, headers, ...(file && { body: file }) });
  };
  const done = async (method: string, url: URL, file?: LocalFile, also: number[] = []): Promise<string> => {
    const response = await send(method, url, file);
    const text = await textOf(response, url);
    const { status } = response;
    if ((status < 200 || status > 299) && !also.includes(status)) throw refusedBy(url, status);
    return text;
  };

  return {
    label: `s3://${bucket}${prefix && `/${prefix}`} (${base.host})`,
    list: async () => {
      const files: TargetFile[] = [];
      let next: string | undefined;
      do {
        const url = new URL(base);
        url.searchParams.set('list-type', '2');
        if (prefix !== '') url.searchParams.set('prefix', `${prefix}/`);
        if (next !== undefined) url.searchParams.set('continuation-token', next);
        const xml = await done('GET', url);
        if (elementsOf(xml, 'ListBucketResult').length === 0)
          throw new BackupError('TARGET_REFUSED', `${url.origin} does not list the bucket ${bucket}.`);
        for (const one of elementsOf(xml, 'Contents')) {
          const [key = ''] = elementsOf(one, 'Key').map(unescapeXml);
          const name = prefix === '' ? key : key.slice(prefix.length + 1);
          if (isOwnName(name)) files.push({ name, size: Number(elementsOf(one, 'Size')[0]) });
        }
        [next] = elementsOf(xml, 'NextContinuationToken').map(unescapeXml);
      } while (next !== undefined);
      return files;
    },
    put: async (name, file) => {
      if (file.size > MAX_PUT_BYTES)
        throw new BackupError('TARGET_FULL', `${name} has more than 5 GB, which S3 stores in no single PUT.`);
      await done('PUT', urlOf(name), file);
      const { status, headers, body } = await send('HEAD', urlOf(name));
      body.resume();
      if (status !== 200 || Number(headers['content-length']) !== file.size)
        throw new BackupError('TARGET_DAMAGED', `${base.host} has not stored all of ${name}.`);
    },
    get: async (name) => {
      const response = await send('GET', urlOf(name));
      if (response.status === 200) return response.body;
      response.body.resume();
      throw refusedBy(base, response.status);
    },
    remove: async (name) => {
      await done('DELETE', urlOf(name), undefined, [404]);
    },
  };
}
