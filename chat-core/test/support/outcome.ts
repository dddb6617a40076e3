import type { Response } from 'supertest';

/** 200, or the code of a refusal. */
export const outcomeOf = ({ status, body }: Pick<Response, 'status' | 'body'>): number | string =>
  status === 200 ? status : body.code;
