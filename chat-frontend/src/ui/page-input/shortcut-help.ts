import type { Key } from '../../i18n/language.ts';
import { choose } from '../dialog.ts';
import { el } from '../el.ts';
import type { Ui } from '../ui.ts';
import { isApple } from './shortcut.ts';
import { areSingleKeysOn, setSingleKeys } from './single-keys.ts';

/** What is pressed, one way beside another, and what it does. */
type Line = [presses: string[][], does: Key];

const MAIN_KEY = isApple ? '⌘' : 'Ctrl';
const GROUPS: [title: Key, lines: Line[]][] = [
  [
    'keys.everywhere',
    [
      [[[MAIN_KEY, 'K'], ['/']], 'keys.find'],
      [
        [
          ['Alt', '↑'],
          ['Alt', '↓'],
        ],
        'keys.neighbour',
      ],
      [[['Alt', 'A']], 'keys.unread'],
      [[['Alt', 'H']], 'keys.readAll'],
      [[['Alt', 'N']], 'keys.add'],
      [[['F6'], ['Shift', 'F6']], 'keys.part'],
      [[['Esc']], 'keys.back'],
      [[['?']], 'keys.help'],
    ],
  ],
  [
    'keys.inList',
    [
      [[['↑'], ['↓']], 'keys.move'],
      [[['Enter']], 'keys.open'],
    ],
  ],
  [
    'keys.inMessages',
    [
      [[['↑'], ['↓'], ['Home'], ['End']], 'keys.moveMessages'],
      [[['Enter']], 'keys.menu'],
      [[['R']], 'bubble.reply'],
      [[['E']], 'bubble.edit'],
      [[['Delete']], 'bubble.remove'],
    ],
  ],
  [
    'keys.inComposer',
    [
      [[['Enter']], 'composer.send'],
      [[['Shift', 'Enter']], 'keys.newLine'],
      [[['↑']], 'keys.editLast'],
      [[['Esc']], 'keys.cancel'],
    ],
  ],
];

/** All shortcuts in a dialog, and the switch for those of a single key. */
export async function showShortcuts({ i18n }: Pick<Ui, 'i18n'>): Promise<void> {
  const { t } = i18n;
  const single = el('input', {
    type: 'checkbox',
    role: 'switch',
    class: 'switch',
    checked: areSingleKeysOn(),
    on: { change: () => setSingleKeys(single.checked) },
  });
  const presses = (ways: string[][]) =>
    ways.flatMap((way, at) => [
      ...(at > 0 ? [' '] : []),
      el('span', { class: 'keys-combination' }, ...way.map((key) => el('kbd', {}, key))),
    ]);
  const groups = GROUPS.map(([title, lines]) =>
    el(
      'section',
      {},
      el('h3', {}, t(title)),
      el(
        'dl',
        { class: 'keys' },
        ...lines.map(([ways, does]) =>
          el('div', { class: 'keys-row' }, el('dt', {}, ...presses(ways)), el('dd', {}, t(does))),
        ),
      ),
    ),
  );
  const body = el(
    'div',
    // Longer than a window may be: reached and scrolled by the keyboard, too.
    { class: 'keys-body', tabindex: 0, role: 'region', 'aria-label': t('keys.title') },
    el('div', { class: 'keys-groups' }, ...groups),
    el('label', { class: 'choice choice-switch' }, t('keys.single'), single),
  );
  await choose(i18n, { title: t('keys.title'), body, choices: [], cancel: t('dialog.close') });
}
