/** The part of web-push that is used: it seals and signs, and this service sends. */
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
  // biome-ignore lint/style/noDefaultExport: it is what a CommonJS package looks like from here
  export default webPush;
}
