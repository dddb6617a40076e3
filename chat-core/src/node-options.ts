/**
 * What Node is told when it runs chat-core: here, and in the image's CMD, which a test holds to it. Old space ends before
 * the box's memory does. The young generation, left alone, grows to 128 MiB when thousands of polls wait, and stays;
 * ended at 24 it costs neither polls nor sends anything that could be measured.
 */
export const CORE_OPTIONS = ['--max-old-space-size=512', '--max-semi-space-size=8'];
