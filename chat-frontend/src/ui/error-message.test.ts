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
const said = (place: Element | null) => [
  place?.firstChild?.textContent?.trim(),
  place?.querySelector('small')?.textContent,
];

test('what failed is said in words, with the code beside them; what is said already is not said again', () => {
  const place = el('p');
  showError(place, i18n, new ApiError('DISK_FULL', 507), { before: 'Before.', after: 'After.' });
  expect(said(place)).toEqual([`Before. ${en['error.DISK_FULL']} After.`, 'DISK_FULL']);
  const before = [...place.childNodes];
  showError(place, i18n, 'DISK_FULL', { before: 'Before.', after: 'After.' });
  expect([...place.childNodes]).toEqual(before);
  showError(place, i18n, new TypeError('no network'));
  expect(said(place)).toEqual([en['error.UNKNOWN'], 'UNKNOWN']);
});

test('an answer that is not the box’s is known by its status, and a code without words by itself', () => {
  const place = el('p');
  showError(place, i18n, new ApiError('UNKNOWN', 502));
  expect(said(place)).toEqual([en['error.UNKNOWN'], 'UNKNOWN 502']);
  showError(place, i18n, 'OF_A_NEWER_BOX');
  expect(said(place)).toEqual([en['error.UNKNOWN'], 'OF_A_NEWER_BOX']);
});

test('in a form the field that is to blame has the code, or the form; and in passing what is said in passing', async () => {
  let code: 'USERNAME_TAKEN' | 'INTERNAL' = 'USERNAME_TAKEN';
  const { node } = mountForm(i18n, {
    name: 'any',
    fields: [{ name: 'name', label: 'form.username', optional: true, autocomplete: 'off' }],
    submit: 'login.submit',
    blames: { USERNAME_TAKEN: 'name' },
    send: () => Promise.reject(new ApiError(code, 400)),
  });
  const submit = async () => {
    node.dispatchEvent(new Event('submit', { cancelable: true }));
    await new Promise((done) => setTimeout(done));
    return [...node.querySelectorAll('small')].map((small) => [
      small.parentElement?.className,
      small.textContent,
    ]);
  };
  expect(await submit()).toEqual([['field-error', 'USERNAME_TAKEN']]);
  node.querySelector('input')?.dispatchEvent(new Event('input'));
  code = 'INTERNAL';
  expect(await submit()).toEqual([['form-error', 'INTERNAL']]);

  const notice = mountToast(i18n, () => undefined);
  notice.fail(new ApiError('LIST_FULL', 400));
  expect(said(notice.node.querySelector('[role=status]'))).toEqual([en['error.LIST_FULL'], 'LIST_FULL']);
  notice.show('Done.');
  expect(notice.node.querySelector('small')).toBeNull();
  notice.close();
});
