import { type IconName, icon, iconOf } from './icons.ts';

/** Icons that only the lazy screens use; the paths are as in icons.ts. */
const PATHS = {
  logout: 'M10 4.5H6a1 1 0 0 0-1 1v13a1 1 0 0 0 1 1h4M10 12h10M16.5 8.5l3.5 3.5-3.5 3.5',
  key: 'M8 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM12.5 12H21v3M17.5 12v2.5',
  device: 'M5 5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1ZM9 19.5h6M12 16v3.5',
  bell: 'M6.5 10a5.5 5.5 0 0 1 11 0c0 5 2 6.5 2 6.5h-15s2-1.5 2-6.5ZM10 19.5a2.2 2.2 0 0 0 4 0',
  theme: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 3.5v17M12 8h5.5M12 12h8.4M12 16h5.5',
  keyboard:
    'M4 6.5h16a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1ZM7 10.2h.01M10.3 10.2h.01M13.7 10.2h.01M17 10.2h.01M8 14h8',
  retry: 'M19 12a7 7 0 1 1-2-5M19 3.5v4h-4',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  next: 'M9.5 5.5 16 12l-6.5 6.5',
  document:
    'M7 3.5h6.5L18 8v11.5a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1ZM13.5 3.5V8H18M9 12h6M9 15.5h6',
  sheet:
    'M5 4.5h14a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1ZM4 9.5h16M4 14.5h16M10 4.5v15',
  archive:
    'M5 4.5h14a1 1 0 0 1 1 1v3H4v-3a1 1 0 0 1 1-1ZM5.5 8.5v10a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1v-10M10 12h4',
  star: 'm12 4.5 2.3 4.8 5.2.7-3.8 3.6.9 5.2-4.6-2.5-4.6 2.5.9-5.2L4.5 10l5.2-.7L12 4.5Z',
  unread:
    'M5 5.5h9M4 6.5v9a1 1 0 0 0 1 1h2V20l4.5-3.5H19a1 1 0 0 0 1-1V11M18.5 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
  chat: 'M5 5.5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-7.5L7 20v-3.5H5a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1Z',
  removeFriend:
    'M9.5 11.5a3.75 3.75 0 1 0 0-7.5 3.75 3.75 0 0 0 0 7.5ZM3 20c.4-3.3 3-5.5 6.5-5.5S15.6 16.7 16 20M15.5 11h6',
  flag: 'M6 20.5v-16M6 5h11.5l-2 4 2 4H6',
  info: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 11v5.5M12 7.6v.1',
  timer: 'M12 20.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM12 9v4l2.5 1.5M9.5 2.8h5',
  more: 'M5.5 12h.01M12 12h.01M18.5 12h.01',
  link: 'M10 13.5a4 4 0 0 0 5.7.3l3-3a4 4 0 0 0-5.7-5.7l-1.2 1.2M14 10.5a4 4 0 0 0-5.7-.3l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2',
  copy: 'M10 8.5h8a1.5 1.5 0 0 1 1.5 1.5v8a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 8.5 18v-8A1.5 1.5 0 0 1 10 8.5ZM5.5 15.5A1 1 0 0 1 4.5 14.5V6A1.5 1.5 0 0 1 6 4.5h8.5a1 1 0 0 1 1 1',
  play: 'M8 5.5v13l10.5-6.5L8 5.5Z',
  pause: 'M8.5 5.5v13M15.5 5.5v13',
  edit: 'M4.5 19.5 5.5 15 16 4.5l3.5 3.5L9 18.5l-4.5 1ZM13.5 7l3.5 3.5',
  image:
    'M5 4.5h14a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1ZM4.5 16.5l4.5-4.5 4 4 2.5-2.5 4 4M15.5 9.5h.01',
  camera:
    'M4.5 7.5h3.2l1.5-2.5h5.6l1.5 2.5h3.2a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1ZM12 16a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4Z',
  file: 'M7 3.5h6.5L18 8v11.5a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1ZM13.5 3.5V8H18',
  server:
    'M5 4.5h14a1 1 0 0 1 1 1v4.5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5.5a1 1 0 0 1 1-1ZM5 13h14a1 1 0 0 1 1 1v4.5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V14a1 1 0 0 1 1-1ZM7.5 7.7h.01M7.5 16.2h.01',
  sliders:
    'M4 7.5h10M18 7.5h2M4 16.5h2M10 16.5h10M16 5.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4ZM8 14.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z',
  smile: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM8.5 14a4 4 0 0 0 7 0M9.2 9.7h.01M14.8 9.7h.01',
  trash:
    'M4.5 6.5h15M9.5 6V4.5h5V6M6.5 6.5l.8 12a1.1 1.1 0 0 0 1.1 1h7.2a1.1 1.1 0 0 0 1.1-1l.8-12M10 10.5v5M14 10.5v5',
} as const;

export type LazyIconName = IconName | keyof typeof PATHS;

/** An icon of icons.ts or of this file. */
export function lazyIcon(name: LazyIconName): SVGSVGElement {
  return isLazy(name) ? iconOf(name, PATHS[name]) : icon(name);
}

const isLazy = (name: LazyIconName): name is keyof typeof PATHS => name in PATHS;
