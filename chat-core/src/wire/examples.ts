/** The values of the API document’s examples; a test sends every one of them. */
export const EXAMPLE = {
  me: { id: '550e8400-e29b-41d4-a716-446655440000', username: 'sari', password: 'kopi-tubruk-pagi' },
  friend: { id: '9369a106-377e-47a6-8872-c994764a1d00', username: 'budi' },
  conversationId: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  uploadId: '6c84fb90-12c4-41e2-8ad5-1d1c3f0e9b31',
  attachmentId: '2f1b6c1e-9d34-4a0f-8c57-3e1d5b7a9c20',
  scheduledId: '9b2e8f52-6c1d-4f0a-9a3e-2d7c5b8e1f60',
  scheduledAt: Date.UTC(2026, 11, 24, 17),
  forwardedId: '16fd2706-8baf-433b-82eb-8c7fada847da',
  deviceId: '8a6e0804-2bd0-4672-b79d-d97027f9071a',
  attemptId: 'a3bb189e-8bf9-4888-9912-ace4e6543002',
  resetCode: '7K3M-Q9XD-2V5T-HB8N-4RWE-6GZC-A0',
  ownerCode: 'W8ZC-5N2J-QK4T-V7HD-3M9E-XB1R-60',
  recoveryCode: '4Q8Z-N1CB-W7RT-5KHD-2M9E-XJ0A-C8',
  totpCode: '287082',
  oidc: {
    challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    code: 'a_code_of_GET_auth_oidc_callback',
  },
  passkeyId: 'cGFzc2tleS1vbi1hLXBob25l',
  ticket: 'a_ticket_of_POST_auth_reauthenticate',
  invite: { id: '70d1f2c4-8b1e-4a53-9a36-4c1f0a2b7d11', code: '4m7q2xk9vd3t8hb5nc6w1jz0ry' },
  group: {
    id: '0f8fad5b-d9cb-469f-a165-70867728950e',
    ended: '7d444840-9dc0-41d1-b245-5ffdce74fad2',
    linkId: 'c56a4180-65aa-42ec-a945-5fd21dec0538',
    code: '8t3bq0v6hk1zr9wm2xc7nj4d5e',
  },
  archiveId: '7f1e8a52-0c36-4f5b-9b8d-2c4e6a1d9f03',
  push: {
    endpoint: 'https://push.example.org/v2/gAAAAABh',
    keys: {
      p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
      auth: 'BTBZMqHH6r4Tts7J_aSIgg',
    },
    preview: 'name',
  },
  others: {
    met: { id: '1b4e28ba-2fa1-41d2-883f-0016d3cca427', username: 'citra' },
    asking: { id: '2c5ea4c0-4067-41e9-8bad-9b1deb4d3b7d', username: 'eko' },
    refused: { id: '3d813cbb-47fb-42ba-91df-831e1593ac29', username: 'fajar' },
    asked: { id: '4e732ced-3463-4de0-ac9a-5b6a9e4bd8c1', username: 'gita' },
    former: { id: '5f0fb0a9-97d8-4cbb-b6b5-1a6b7e4c9e02', username: 'hadi' },
    blocked: { id: '6fa459ea-ee8a-4ca4-894e-db77e160355e', username: 'indah' },
  },
  /** The seq of a message that `me` wrote. */
  ownSeq: '2',
  /** The seq of a message of `friend` with a file. */
  fileSeq: '3',
  /** The seq of a poll of `me` in `group`. */
  pollSeq: '1',
  /** One transparent pixel. */
  png: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
};
