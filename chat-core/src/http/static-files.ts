import express, { type Request, type RequestHandler, type Response } from 'express';

/** What a build keeps in smaller forms beside it (chat-frontend/compress.ts), and what a browser is told it is. */
const TYPES = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['js', 'text/javascript; charset=utf-8'],
  ['css', 'text/css; charset=utf-8'],
  ['svg', 'image/svg+xml'],
  ['webmanifest', 'application/manifest+json; charset=utf-8'],
]);
/** The smallest first. */
const ENCODINGS = [
  { encoding: 'br', ending: '.br' },
  { encoding: 'gzip', ending: '.gz' },
];

/** A file in one of its forms: where it would be, and what is said of it. */
type Form = { path: string; headers: Record<string, string> };

/**
 * Serves the files of a folder, each in the smallest form that is there and that its reader accepts. Nothing is
 * compressed here: a box has better to do.
 */
export function serveFiles(folder: string): RequestHandler {
  const files = express.static(folder, {
    index: 'index.html',
    redirect: false,
    cacheControl: false,
    acceptRanges: false,
    dotfiles: 'ignore',
  });
  return (request, response, next) => {
    const { url } = request;
    const forms = formsFor(request, response);
    const sendNext = () => {
      const form = forms.shift();
      if (!form) return files(request, response, next);
      request.url = form.path;
      for (const [name, value] of Object.entries(form.headers)) response.setHeader(name, value);
      files(request, response, (error?: unknown) => {
        request.url = url;
        if (error !== undefined) return next(error);
        for (const name of Object.keys(form.headers)) response.removeHeader(name);
        sendNext();
      });
    };
    sendNext();
  };
}

/** The forms to look for; the answer says that another reader may get another. */
function formsFor(request: Request, response: Response): Form[] {
  const path = request.path === '/' ? '/index.html' : request.path;
  const type = TYPES.get(/\.(\w+)$/.exec(path)?.[1] ?? '');
  if (type === undefined || !['GET', 'HEAD'].includes(request.method)) return [];
  response.vary('Accept-Encoding');
  return ENCODINGS.filter(({ encoding }) => request.acceptsEncodings(encoding)).map((one) => ({
    path: path + one.ending,
    headers: { 'Content-Type': type, 'Content-Encoding': one.encoding },
  }));
}
