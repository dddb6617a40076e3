import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { el } from '../el.ts';
import { openMenu } from '../menus/menu.ts';
import { onTouch, type Ui } from '../ui.ts';
import { composeFiles } from './compose-files.ts';

const MEDIA = 'image/*,video/*';

/** Lets a person choose files for a conversation: on touch first where from, else all in the browser's own dialog. */
export function chooseFiles(ui: Ui, conversationId: Id, opener: Element): void {
  const { t } = ui.i18n;
  const choose = (props: { accept?: string; capture?: string; multiple?: boolean }) => {
    const input = el('input', {
      type: 'file',
      hidden: true,
      ...props,
      on: {
        change() {
          composeFiles(ui, conversationId, [...(input.files ?? [])]);
          input.remove();
        },
      },
    });
    input.addEventListener('cancel', () => input.remove());
    // In the page: some browsers forget an input that is nowhere.
    document.body.append(input);
    input.click();
  };
  if (onTouch()) openSources();
  else choose({ multiple: true });

  function openSources(): void {
    openMenu(
      t('attach.menu'),
      [
        { icon: 'image', label: t('attach.media'), run: () => choose({ accept: MEDIA, multiple: true }) },
        {
          icon: 'camera',
          label: t('attach.camera'),
          run: () => choose({ accept: 'image/*', capture: 'environment' }),
        },
        { icon: 'file', label: t('attach.file'), run: () => choose({ multiple: true }) },
      ],
      opener,
    );
  }
}
