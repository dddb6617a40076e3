import type { Key } from '../../i18n/language.ts';
import { choose } from '../dialog.ts';
import { el } from '../el.ts';
import type { Ui } from '../ui.ts';
import { isApple } from './shortcut.ts';
import { areSingleKeysOn, setSingleKeys } from './single-keys.ts';

/** Alternative key combinations, and what they do. */
type Shortcut = [combinations: string[][], description: Key];

const MAIN_KEY = isApple ? '⌘' : 'Ctrl';
const GROUPS: [title: Key, shortcuts: Shortcut[]][] = [
  [
    'keys.everywhere',
    [
      [[[MAIN_KEY, 'K'], ['/']], 'keys.find'],
      [[[MAIN_KEY, 'F']], 'keys.findInChat'],
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
      [[['F6'], ['Shift', 'F6']], 'keys.region'],
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
      [[[MAIN_KEY, 'B']], 'keys.bold'],
      [[[MAIN_KEY, 'I']], 'keys.italic'],
      [[[MAIN_KEY, 'Shift', 'X']], 'keys.struck'],
      [[[MAIN_KEY, 'Shift', 'C']], 'keys.code'],
      [[['↑']], 'keys.editLast'],
      [[['Esc']], 'keys.cancel'],
    ],
  ],
];

/** Shows all shortcuts in a dialog, with a switch for those of a single key. */
export async function showShortcuts({ i18n }: Pick<Ui, 'i18n'>): Promise<void> {
  const { t } = i18n;
  const single = el('input', {
    type: 'checkbox',
    role: 'switch',
    class: 'switch',
    checked: areSingleKeysOn(),
    on: { change: () => setSingleKeys(single.checked) },
  });
  const renderKeys = (combinations: string[][]) =>
    combinations.flatMap((keys, index) => [
      ...(index > 0 ? [' '] : []),
      el('span', { class: 'keys-combination' }, ...keys.map((key) => el('kbd', {}, key))),
    ]);
  const groups = GROUPS.map(([title, shortcuts]) =>
    el(
      'section',
      {},
      el('h3', {}, t(title)),
      el(
        'dl',
        { class: 'keys' },
        ...shortcuts.map(([combinations, description]) =>
          el(
            'div',
            { class: 'keys-row' },
            el('dt', {}, ...renderKeys(combinations)),
            el('dd', {}, t(description)),
          ),
        ),
      ),
    ),
  );
  const body = el(
    'div',
    // May be longer than the window: focusable, so that the keyboard can scroll it.
    { class: 'keys-body', tabindex: 0, role: 'region', 'aria-label': t('keys.title') },
    el('div', { class: 'keys-groups' }, ...groups),
    el('label', { class: 'choice choice-switch' }, t('keys.single'), single),
  );
  await choose(i18n, { title: t('keys.title'), body, choices: [], cancel: t('dialog.close') });
}
