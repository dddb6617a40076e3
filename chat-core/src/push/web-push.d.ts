/** The part of web-push that is used: it encrypts and signs; push-client.ts sends. */
declare module 'web-push' {
  type Options = {
    vapidDetails: { subject: string; publicKey: string; privateKey: string };
    TTL: number;
    urgency: 'very-low' | 'low' | 'normal' | 'high';
    topic?: string;
    contentEncoding: 'aes128gcm';
  };
  type Request = { method: 'POST'; headers: Record<string, string | number>; body: Buffer; endpoint: string };
  const webPush: {
    generateRequestDetails(
      subscription: { endpoint: string; keys: { p256dh: string; auth: string } },
      payload: Buffer,
      options: Options,
    ): Request;
  };
  // biome-ignore lint/style/noDefaultExport: a CommonJS package is imported as a default export
  export default webPush;
}
