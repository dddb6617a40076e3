import { AwsV4Signer } from 'aws4fetch';
import { elementsOf, unescapeXml } from './xml.ts';

/** SHA-256 of nothing: requests without a body are signed with it. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** A bucket by a path-style address, and the key that signs. */
export type Signing = {
  endpoint: string;
  bucket: string;
  region: string;
  keyId: string;
  secret: string;
  /** Keys of signatures, which hold for a day. */
  cache?: Map<string, ArrayBuffer>;
};
/** `key`: of the object; the bucket itself without one. `sha256`: of the body, in hex. */
export type Unsigned = {
  method: string;
  key?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  sha256?: string;
  /** The time of the signature in epoch milliseconds; now without one. */
  at?: number;
};
export type Signed = { method: string; url: URL; headers: Record<string, string> };

/** Signs a request (AWS Signature Version 4), the SHA-256 of its body included, so that the service refuses other bytes. */
export async function signRequest(
  { endpoint, bucket, region, keyId, secret, cache }: Signing,
  { method, key = '', query = {}, headers = {}, sha256 = EMPTY_SHA256, at = Date.now() }: Unsigned,
): Promise<Signed> {
  const base = `${endpoint.replace(/\/*$/, '')}/${bucket}/`;
  const url = new URL(key.split('/').map(encodeURIComponent).join('/'), base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const signer = new AwsV4Signer({
    method,
    url: url.href,
    headers: { ...headers, 'x-amz-content-sha256': sha256 },
    accessKeyId: keyId,
    secretAccessKey: secret,
    service: 's3',
    region,
    ...(cache && { cache }),
    datetime: new Date(at).toISOString().replace(/[:-]|\.\d{3}/g, ''),
  });
  const signed = await signer.sign();
  return { method, url: signed.url, headers: Object.fromEntries(signed.headers) };
}

/** The query of a page of a list of the keys that begin with `prefix`. */
export function listQuery(prefix: string, next?: string): Record<string, string> {
  return {
    'list-type': '2',
    ...(prefix !== '' && { prefix }),
    ...(next !== undefined && { 'continuation-token': next }),
  };
}

export type ListedObject = { key: string; size: number };

/** The page that an answer holds, and where the next begins; undefined where it is no list. */
export function readListPage(xml: string): { objects: ListedObject[]; next?: string } | undefined {
  if (elementsOf(xml, 'ListBucketResult').length === 0) return undefined;
  const objects = elementsOf(xml, 'Contents').map((one) => {
    const [key = ''] = elementsOf(one, 'Key').map(unescapeXml);
    return { key, size: Number(elementsOf(one, 'Size')[0]) };
  });
  const [next] = elementsOf(xml, 'NextContinuationToken').map(unescapeXml);
  return { objects, ...(next !== undefined && { next }) };
}
