/** The base URL of the API: `/api`, or the API_BASE of the build. */
declare const __API_BASE__: string;

/** The URL of a style sheet that a lazy part loads. */
declare module '*.css?url' {
  const url: string;
  export default url;
}
