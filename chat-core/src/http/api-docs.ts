import type { Express, RequestHandler } from 'express';
import swagger from 'swagger-ui-express';
import { ApiError } from '../errors.ts';
import { openApi } from './openapi.ts';
import type { Route } from './route.ts';

/** Swagger's page has inline styles and data images, and asks only this origin. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Pages of Swagger's own distribution, which speak of another API. */
const FOREIGN = ['/api-docs/index.html', '/api-docs/swagger-initializer.js'];

/** Serves the API document at /api-docs.json and its page, with Authorize and Try it out, at /api-docs. */
export function mountDocs(app: Express, routes: Route[]): void {
  // Made when it is first asked for: most boxes never are, and it is half a megabyte.
  let made: { document: ReturnType<typeof openApi>; page: RequestHandler } | undefined;
  const docs = () => {
    if (made) return made;
    const document = openApi(routes);
    made = { document, page: swagger.setup(document, { customSiteTitle: 'Bisik API' }) };
    return made;
  };
  const prepare: RequestHandler = (request, response, next) => {
    response.setHeader('Content-Security-Policy', POLICY);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    if (!['GET', 'HEAD'].includes(request.method)) {
      response.setHeader('Allow', 'GET, HEAD');
      throw new ApiError('METHOD_NOT_ALLOWED');
    }
    if (FOREIGN.includes(request.path)) throw new ApiError('NOT_FOUND');
    // A part of a script is of no use, and a range that does not fit would be an error of its own.
    delete request.headers.range;
    next();
  };
  // Swagger serves the script of the page that was set up last.
  const ready: RequestHandler = (_request, _response, next) => {
    docs();
    next();
  };
  app.all(['/api-docs', '/api-docs.json', '/api-docs/{*path}'], prepare);
  app.get('/api-docs.json', (_request, response) => {
    response.json(docs().document);
  });
  app.use('/api-docs', ready, swagger.serve);
  app.get('/api-docs/', (request, response, next) => docs().page(request, response, next));
}
