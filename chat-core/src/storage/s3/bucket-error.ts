import type { BucketSettings } from '../../files-settings.ts';
import { elementsOf, unescapeXml } from './xml.ts';

/** An answer of the service that is no success: its status, and the code and region of its XML where it has them. */
export class BucketRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly region: string | undefined;
  /** How far the clock of the service is from that of this machine, in milliseconds. */
  readonly skewMs: number;

  constructor(
    what: string,
    {
      status,
      xml,
      region,
      skewMs,
    }: { status: number; xml: string; region: string | undefined; skewMs: number },
  ) {
    const [code = ''] = elementsOf(xml, 'Code').map(unescapeXml);
    super(`${what}: ${status}${code && ` ${code}`}`);
    this.status = status;
    this.code = code;
    this.region = region ?? elementsOf(xml, 'Region')[0];
    this.skewMs = skewMs;
  }
}

/** The service did not answer, or not as it should. */
export class BucketUnreachable extends Error {}

/** The service refuses too much at once, or has a fault of its own: a repeat may succeed. */
export function isPassing(error: unknown): boolean {
  if (error instanceof BucketUnreachable) return true;
  return error instanceof BucketRefusal && (error.status >= 500 || [408, 429].includes(error.status));
}

/**
 * The sentence of an answer that says that the settings are wrong. `right` is what was tried.
 * @param right the right of the key that was needed, such as s3:PutObject
 */
export function bucketSentence(
  { bucket, endpoint, region }: Pick<BucketSettings, 'bucket' | 'endpoint' | 'region'>,
  error: BucketRefusal,
  right: string,
): string {
  const { status, code, skewMs } = error;
  const about = `FILES_URL: the bucket ${bucket} at ${new URL(endpoint).host}`;
  if (code === 'NoSuchBucket' || status === 404)
    return `${about} is not there. Make it, or correct FILES_URL or FILES_S3_ENDPOINT.`;
  if (code === 'InvalidAccessKeyId')
    return `${about} does not know the key FILES_S3_KEY_ID. Set the one of this service.`;
  if (code === 'SignatureDoesNotMatch')
    return `${about} says that FILES_S3_SECRET is not the secret of FILES_S3_KEY_ID. Set both anew.`;
  if (code === 'RequestTimeTooSkewed') {
    const minutes = Math.round(Math.abs(skewMs) / 60_000);
    return `${about} refuses the clock of this machine, which is ${minutes} minutes ${skewMs > 0 ? 'behind' : 'ahead'}. Set the clock (NTP).`;
  }
  const isElsewhere = error.region !== undefined && error.region !== region;
  if (isElsewhere || ['PermanentRedirect', 'AuthorizationHeaderMalformed'].includes(code)) {
    const place = error.region === undefined ? 'in another region' : `in the region ${error.region}`;
    return `${about} is ${place}, and FILES_S3_REGION is ${region}. Set FILES_S3_REGION, and FILES_S3_ENDPOINT where it names the region.`;
  }
  if (status === 401 || status === 403)
    return `${about} refuses the key FILES_S3_KEY_ID. Give it ${right} there: it needs s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject.`;
  return `${about} answered ${status}${code && ` ${code}`}. Is FILES_S3_ENDPOINT the address of an S3-compatible service?`;
}
