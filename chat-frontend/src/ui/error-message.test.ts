// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { ApiError } from '../api/api-error.ts';
import { en } from '../i18n/en.ts';
import { createI18n } from '../i18n/i18n.ts';
import { el } from './el.ts';
import { showError } from './error-message.ts';
import { mountForm } from './form/form.ts';
import { mountToast } from './toast.ts';

const i18n = createI18n('en', en);
const shownIn = (target: Element | null) => [
  target?.firstChild?.textContent?.trim(),
  target?.querySelector('.code code')?.textContent,
];

test('an error is shown as a sentence with its code, and an unchanged error leaves the nodes as they are', () => {
  const target = el('p');
  showError(target, i18n, new ApiError('DISK_FULL', 507), { before: 'Before.', after: 'After.' });
  expect(shownIn(target)).toEqual([`Before. ${en['error.DISK_FULL']} After.`, 'DISK_FULL']);
  const before = [...target.childNodes];
  showError(target, i18n, 'DISK_FULL', { before: 'Before.', after: 'After.' });
  expect([...target.childNodes]).toEqual(before);
  showError(target, i18n, new TypeError('no network'));
  expect(shownIn(target)).toEqual([en['error.UNKNOWN'], 'UNKNOWN']);
});

test('a response that is not from the core is shown with its status, and an unknown code with the code itself', () => {
  const target = el('p');
  showError(target, i18n, new ApiError('UNKNOWN', 502));
  expect(shownIn(target)).toEqual([en['error.UNKNOWN'], 'UNKNOWN 502']);
  showError(target, i18n, 'OF_A_NEWER_BOX');
  expect(shownIn(target)).toEqual([en['error.UNKNOWN'], 'OF_A_NEWER_BOX']);
});

test('an error is shown under the field it is about, else under the form, and in a toast', async () => {
  let code: 'USERNAME_TAKEN' | 'INTERNAL' = 'USERNAME_TAKEN';
  const { node } = mountForm(i18n, {
    name: 'any',
    fields: [{ name: 'name', label: 'form.username', optional: true, autocomplete: 'off' }],
    submit: 'login.submit',
    errorFields: { USERNAME_TAKEN: 'name' },
    send: () => Promise.reject(new ApiError(code, 400)),
  });
  const submit = async () => {
    node.dispatchEvent(new Event('submit', { cancelable: true }));
    await new Promise((done) => setTimeout(done));
    return [...node.querySelectorAll('.code code')].map((small) => [
      small.parentElement?.parentElement?.className,
      small.textContent,
    ]);
  };
  expect(await submit()).toEqual([['field-error', 'USERNAME_TAKEN']]);
  node.querySelector('input')?.dispatchEvent(new Event('input'));
  code = 'INTERNAL';
  expect(await submit()).toEqual([['form-error', 'INTERNAL']]);

  const toast = mountToast(i18n, () => undefined);
  toast.fail(new ApiError('DISK_FULL', 507));
  expect(shownIn(toast.node.querySelector('[role=status]'))).toEqual([en['error.DISK_FULL'], 'DISK_FULL']);
  toast.show('Done.');
  expect(toast.node.querySelector('small')).toBeNull();
  toast.close();
});
