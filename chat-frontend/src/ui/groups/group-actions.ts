import type { GroupInfo, Id } from '../../../../chat-core/src/wire/wire.ts';
import { createGroupApi } from '../../api/groups.ts';
import type { Ui } from '../ui.ts';

/** A change that a poll does not bring by then changed nothing, or the connection is slow. */
const MAX_WAIT_MS = 2_000;

export type GroupActions = ReturnType<typeof createGroupActions>;

/** What a person does with groups. Changes resolve when the page shows them; all may be repeated, and reject with ApiError. */
export function createGroupActions({
  http,
  actions,
  clock,
  state,
}: Pick<Ui, 'http' | 'actions' | 'clock' | 'state'>) {
  const api = createGroupApi(http);
  const groupOf = (id: Id): GroupInfo | undefined => state().chats[id]?.group;

  /** Waits for a poll, unless the one that the server held has brought the change already: the next is held for nothing. */
  async function waitForChange(id: Id, before: GroupInfo | undefined): Promise<void> {
    if (groupOf(id) !== before) return;
    const timeout = new Promise<void>((resolve) => clock.after(MAX_WAIT_MS, resolve));
    await Promise.race([actions.poll(), timeout]);
  }

  const andShow =
    <Input extends unknown[], Answer>(call: (id: Id, ...input: Input) => Promise<Answer>) =>
    async (id: Id, ...input: Input): Promise<Answer> => {
      const before = groupOf(id);
      const answer = await call(id, ...input);
      await waitForChange(id, before);
      return answer;
    };

  return {
    ...api,
    create: async (...input: Parameters<typeof api.create>) => {
      const answer = await api.create(...input);
      await waitForChange(answer.id, undefined);
      return answer;
    },
    join: async (code: string) => {
      const answer = await api.join(code);
      if (answer.status === 'joined') await waitForChange(answer.conversationId, undefined);
      return answer;
    },
    edit: andShow(api.edit),
    end: andShow(api.end),
    addMembers: andShow(api.addMembers),
    setRole: andShow(api.setRole),
    removeMember: andShow(api.removeMember),
    answerRequest: andShow(api.answerRequest),
  };
}
