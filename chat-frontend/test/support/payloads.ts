/** Payloads that run where text is taken for HTML, for a URL or for a program. */
const VECTORS: ((code: string) => string)[] = [
  (code) => `<script>${code}</script>`,
  (code) => `<svg><script>${code}</script></svg>`,
  (code) => `<img src=x onerror="${code}">`,
  (code) => `<img src=x onerror=${code}>`,
  (code) => `<svg onload="${code}">`,
  (code) => `<style onload="${code}"></style>`,
  (code) => `<body onload="${code}">`,
  (code) => `<video src=x onerror="${code}"></video>`,
  (code) => `<audio src=x onerror="${code}"></audio>`,
  (code) => `<video><source onerror="${code}"></video>`,
  (code) => `<input autofocus onfocus="${code}">`,
  (code) => `<details open ontoggle="${code}">x</details>`,
  (code) => `<a href="javascript:${code}" tabindex=1 onfocus="${code}" autofocus>x</a>`,
  (code) => `<iframe src="javascript:${code}"></iframe>`,
  (code) => `<iframe srcdoc="<script>${code}</script>"></iframe>`,
  (code) => `<object data="javascript:${code}"></object>`,
  (code) => `<meta http-equiv="refresh" content="0;url=javascript:${code}">`,
  (code) => `<form action="javascript:${code}"><button autofocus>x</button></form>`,
  (code) => `[x](javascript:${code})`,
  (code) => `{{constructor.constructor('${code}')()}}`,
];

/** Contexts that a payload breaks out of, is nested in, or hides behind. */
const CONTEXTS: ((vector: string) => string)[] = [
  (vector) => vector,
  (vector) => `">${vector}`,
  (vector) => `'>${vector}`,
  (vector) => `-->${vector}<!--`,
  (vector) => `]]>${vector}`,
  (vector) => `</textarea>${vector}`,
  (vector) => `</title>${vector}`,
  (vector) => `</style>${vector}`,
  (vector) => `</script>${vector}`,
  (vector) => `</template>${vector}`,
  (vector) => `</option></select>${vector}`,
  (vector) => `<noscript><p title="</noscript>${vector}">`,
  (vector) => `<svg><desc>${vector}</desc></svg>`,
  (vector) => `<math><mtext>${vector}</mtext></math>`,
  (vector) => `<table><td>${vector}</table>`,
  (vector) => `<b\n>${vector}</b>`,
  (vector) => `<<a|ä>${vector}`,
  (vector) => vector.replace(/<\/?\w+/g, (tag) => tag.toUpperCase()),
  (vector) => vector.replaceAll(' ', '/'),
  (vector) => vector.replaceAll(' ', '\t\n'),
  (vector) => vector.replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  (vector) => encodeURIComponent(vector),
  (vector) => vector.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e'),
  (vector) => vector.replaceAll('<', '＜').replaceAll('>', '＞'),
  (vector) => `\u202E${vector}\u202C\u200B\uFEFF`,
];

/** Every vector in every context: five hundred texts. Each that runs pushes its number to `top.__hit`. */
export const payloads = CONTEXTS.flatMap((context, c) =>
  VECTORS.map((vector, v) => context(vector(`top.__hit.push(${c * VECTORS.length + v})`))),
);

/** Texts that break a layout: each fills its box or overflows it. */
export const unruly = [
  '😀'.repeat(4_000),
  '👩‍👩‍👧‍👦'.repeat(500),
  'x'.repeat(4_000),
  `https://contoh.id/${'a/'.repeat(900)}`,
  `\u202E${'kiri ke kanan '.repeat(20)}`,
  '\u2067اختبار\u2069\u202Dabc\u202E'.repeat(60),
  `Z${'\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0489'.repeat(30)}`.repeat(13),
  `a${'\u200B\u200D\u2060\uFEFF'.repeat(500)}b`,
  '\n'.repeat(200).replaceAll('\n', 'i\n'),
  '\u00AD'.repeat(1_000) + 'ـ'.repeat(1_000),
  '﷽'.repeat(200),
  '𒐫'.repeat(200),
];
