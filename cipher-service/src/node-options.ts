/**
 * Node's options for cipher-service; the image's CMD has the same, which a test checks. Bytes of files are garbage outside of
 * V8's heap, and the young generation is collected when there is twice its size of it: with 1 MiB the process grows by 16 MiB
 * while a file of 25 MB goes up and down, with the default of 16 by 30. Texts cost no more.
 */
export const CIPHER_OPTIONS = ['--max-semi-space-size=1'];
