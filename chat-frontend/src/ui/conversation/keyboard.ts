/** Less than this is rounding. */
const NOISE = { px: 2, scale: 0.01 };

/**
 * Keeps the page in what a phone's keyboard leaves of the window, where the browser only lays it over the page: Safari
 * does not know `interactive-widget`. Elsewhere the window itself gets smaller, and nothing is done. Whoever has
 * magnified the page sees a part of it, and no keyboard need be the reason.
 */
export function keepAboveKeyboard({ document, visualViewport }: Window): void {
  if (!visualViewport) return;
  const page = document.documentElement;
  const seen = visualViewport;

  function fit(): void {
    const isMagnified = Math.abs(seen.scale - 1) > NOISE.scale;
    const isCovered = !isMagnified && page.clientHeight - seen.height > NOISE.px;
    page.classList.toggle('keyboard-open', isCovered);
    page.style.setProperty('--visible-height', `${seen.height}px`);
    page.style.setProperty('--visible-top', `${seen.offsetTop}px`);
  }

  seen.addEventListener('resize', fit);
  seen.addEventListener('scroll', fit);
  fit();
}
