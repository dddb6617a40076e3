/** The base URL of the API: `/api`, or the API_BASE of the build. */
declare const __API_BASE__: string;
