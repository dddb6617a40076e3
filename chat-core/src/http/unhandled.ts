import type { Express, NextFunction, Request, Response } from 'express';
import { ApiError } from '../errors.ts';
import { refusalOf } from './api-error.ts';
import { networkOf } from './client-ip.ts';
import type { RequestDeps } from './request-deps.ts';

/** Records requests that no route has handled, before mountFallbacks answers them. */
export function recordUnhandled(app: Express, deps: RequestDeps): void {
  app.use((request, _response, next) => {
    recordUnrouted(new ApiError('NOT_FOUND'), request, deps);
    next();
  });
  app.use((error: unknown, request: Request, _response: Response, next: NextFunction) => {
    recordUnrouted(error, request, deps);
    next(error);
  });
}

/** Records a request that no route handles. */
export function recordUnrouted(error: unknown, request: Request, { events, clientIpOf }: RequestDeps): void {
  events.refused(refusalOf(error), { from: networkOf(clientIpOf(request)) });
}
