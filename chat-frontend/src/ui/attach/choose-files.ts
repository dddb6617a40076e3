import type { Id } from '../../../../chat-core/src/wire/wire.ts';
import { el } from '../el.ts';
import { type MenuItem, openMenu } from '../menus/menu.ts';
import { onTouch, type Ui } from '../ui.ts';
import { composeFiles } from './compose-files.ts';

const MEDIA = 'image/*,video/*';

/**
 * Lets a person choose files for a conversation: on touch first where from, else all in the browser's own dialog. In a group
 * a menu offers a poll besides.
 */
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
  const file = { icon: 'file' as const, label: t('attach.file'), run: () => choose({ multiple: true }) };
  const isGroup = ui.state().chats[conversationId]?.kind === 'group';
  if (onTouch() || isGroup) openSources();
  else file.run();

  function openSources(): void {
    const sources: MenuItem[] = [
      { icon: 'image', label: t('attach.media'), run: () => choose({ accept: MEDIA, multiple: true }) },
      {
        icon: 'camera',
        label: t('attach.camera'),
        run: () => choose({ accept: 'image/*', capture: 'environment' }),
      },
    ];
    const poll: MenuItem = { icon: 'poll', label: t('poll.create'), run: createPoll };
    const items = [...(onTouch() ? sources : []), file, ...(isGroup ? [poll] : [])];
    openMenu(
      t('attach.menu'),
      items,
      opener.querySelector('.composer-attach:not(.composer-emoji)') ?? opener,
    );
  }

  function createPoll(): void {
    void import('../polls/polls.lazy.ts').then(
      ({ openPollDialog }) => openPollDialog(ui, conversationId),
      () => ui.notify(t('lazy.failed')),
    );
  }
}
