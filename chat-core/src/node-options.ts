/**
 * Node's options for chat-core; the image's CMD has the same, which a test checks. Old space is capped below the
 * machine's memory. The young generation would grow to 128 MiB with thousands of long polls and stay there; a cap of 24 has no
 * measurable cost for polls or sends.
 */
export const CORE_OPTIONS = ['--max-old-space-size=512', '--max-semi-space-size=8'];
