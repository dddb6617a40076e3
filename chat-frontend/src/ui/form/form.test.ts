// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest';
import { createI18n } from '../../i18n/i18n.ts';
import { id } from '../../i18n/id.ts';
import { mountForm } from './form.ts';
import { unsubmitted } from './unsubmitted.ts';

let sent: Record<string, string>[];
let answer: () => void;
let form: ReturnType<typeof mountForm>;

beforeEach(() => {
  sent = [];
  unsubmitted.clear();
  mount();
});

/** Mounts the form, as when its screen opens. */
function mount(): void {
  form = mountForm(createI18n('id', id), {
    name: 'about me',
    fields: [
      { name: 'name', label: 'form.username', optional: true, autocomplete: 'off' },
      { name: 'about', label: 'form.username', optional: true, autocomplete: 'off' },
      {
        name: 'secret',
        label: 'form.password',
        optional: true,
        password: true,
        autocomplete: 'current-password',
      },
    ],
    submit: 'login.submit',
    send: (values) => {
      sent.push(values);
      return new Promise((done) => {
        answer = done;
      });
    },
  });
  document.body.replaceChildren(form.node);
}

const input = (name: string) =>
  form.node.querySelector<HTMLInputElement>(`[name=${name}]`) ?? expect.fail(`no ${name}`);
const values = () => [input('name').value, input('about').value];
const type = (name: string, text: string) => {
  input(name).value = text;
};
const write = (name: string, text: string) => {
  type(name, text);
  input(name).dispatchEvent(new Event('input'));
};
const submit = () => form.node.dispatchEvent(new Event('submit', { cancelable: true }));

test('values fill the fields as they arrive: those stored here first, then those of the server', () => {
  form.fill({ name: 'Sari', about: '' });
  form.fill({ name: 'Sari Wulandari', about: 'Di kebun' });
  expect(values()).toEqual(['Sari Wulandari', 'Di kebun']);
});

test('a field that was changed or cleared is not filled, and the other field is', () => {
  type('name', 'Sari W.');
  form.fill({ name: 'Sari', about: 'Di kebun' });
  expect(values()).toEqual(['Sari W.', 'Di kebun']);
  type('about', '');
  form.fill({ name: 'Sari Wulandari', about: 'Di sawah' });
  expect(values()).toEqual(['Sari W.', '']);
});

test('after a save the values of the server fill the fields again, except what was typed during the save', async () => {
  form.fill({ name: 'Sari', about: 'Di kebun' });
  type('name', ' Sari W. ');
  submit();
  type('about', 'Di sawah');
  answer();
  await new Promise((done) => setTimeout(done));
  expect(sent).toEqual([{ name: ' Sari W. ', about: 'Di kebun', secret: '' }]);
  form.fill({ name: 'Sari W.', about: 'Di kebun' });
  expect(values()).toEqual(['Sari W.', 'Di sawah']);
});

test('a form that is opened again has the inputs that were not submitted, except passwords', () => {
  write('name', 'Sari W.');
  write('secret', 'kopi-tubruk-pagi');
  mount();
  form.fill({ name: 'Sari', about: 'Di kebun' });
  expect([...values(), input('secret').value]).toEqual(['Sari W.', 'Di kebun', '']);
  unsubmitted.clear();
  mount();
  expect(values()).toEqual(['', '']);
});

test('inputs that were submitted or cleared are gone when the form is opened again', async () => {
  write('name', 'Sari W.');
  submit();
  answer();
  await new Promise((done) => setTimeout(done));
  mount();
  expect(values()).toEqual(['', '']);
  write('about', 'Di sawah');
  form.clear();
  mount();
  expect(values()).toEqual(['', '']);
});
