import { z } from 'zod';

/** An answer that sends a browser to another page. */
export class Redirect {
  readonly location: string;

  constructor(location: string) {
    this.location = location;
  }
}

/** The schema of a route that answers 303. */
export const RedirectAnswer = z.custom<Redirect>((value) => value instanceof Redirect);
