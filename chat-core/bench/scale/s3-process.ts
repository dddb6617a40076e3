/** A bucket in memory, in a process of its own, whose port it says. Its argument is the secret. */
import { startS3Server } from '../../test/support/s3-server.ts';

const server = await startS3Server({ bucket: 'bench', secret: process.argv[2] ?? '' });
process.send?.({ port: Number(new URL(server.endpoint).port) });
