/** The sentences of `./bisik doctor`, by its functions against stubs of Docker. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { folder, SHELLS, shell } from './run-shell.ts';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(SHELLS.map((words) => [words.join(' '), words] as const))('in %s', (_, program) => {
  test.each([
    ['restarting  false', '', 'ends at once and is started again and again'],
    ['exited  false', '', 'does not run (exited)'],
    ['exited port is already allocated false', '', 'another program uses its port'],
    ['running  false', 'unhealthy', 'is not healthy'],
    ['running  true', 'healthy', 'needed more memory'],
    ['running  false', 'healthy', ''],
    ['running  false', 'starting', ''],
    ['running  false', 'starting', 'ended 3 times', '3'],
  ])('a core that is %j, %j gives %j', (state, health, sentence, restarts = '0') => {
    const words = state.split(' ');
    const answers = {
      Status: words[0],
      Error: words.slice(1, -1).join(' '),
      OOMKilled: words.at(-1),
      Image: 'sha256:1',
      Health: health,
      RestartCount: restarts,
    };
    const cases = Object.entries(answers).map(([name, value]) => `*${name}*) say '${value}' ;;`);
    const stubs = [
      'container() { say id; }',
      'last_words() { say words; }',
      `docker() { if [ "$1" = image ]; then say sha256:1; else case $3 in *Health*) say '${health}' ;; ${cases.join(' ')} esac; fi; }`,
    ];
    const { output } = shell(program, `${stubs.join('\n')}\ncheck_service chat-core image Meaning. || :`);
    if (sentence === '') expect(output).toMatch(/^✓ [^\n]+$/);
    else expect(output).toContain(`✗ chat-core ${sentence.replace(/^another/, 'does not run: another')}`);
  });

  test.each([
    ['{"level":40,"msg":"the disk is full"}', 'the disk is full'],
    ['\\033[2Kchat-core cannot start.', 'chat-core cannot start.'],
  ])('of the line %s of a log doctor repeats the words', (line, words) => {
    const { output } = shell(program, `compose() { printf '${line}\\n'; }; last_words chat-core`);
    expect(output).toBe(words);
  });

  test.each([
    ['1', '40000 96% /data', 'rw', '✗ The disk is full (39 MB free)'],
    ['2', '400000 91% /data', 'rw', '✗ The disk is 91 % full (390 MB free)'],
    ['3', '400000 40% /data', 'ro', '✗ The disk is read-only'],
    ['4', '400000 40% /data', 'rw', '✓ 390 MB of the disk are free.'],
  ])('disk %s with %s that is mounted %s gives: %s', (_, free, mode, sentence) => {
    const stub = `in_core() { say '/dev/vda 1000000 9 ${free}'; say '/dev/vda /data ext4 ${mode},noatime 0 0'; }`;
    expect(shell(program, `${stub}; check_disk`).output).toContain(sentence);
  });

  test.each([
    ['does not exist', '', 'Without it. Start it'],
    [
      'was ended for its memory',
      'OOMKilled=true State.Status=running',
      'needed more memory than it may have',
    ],
    [
      'ends again and again',
      'State.Status=restarting',
      'started again and again. Without it. It says: words',
    ],
    ['has ended', 'State.Status=exited', 'does not run (exited)'],
    [
      'cannot have its port',
      'State.Status=created Error=address already in use',
      'another program uses its port',
    ],
    [
      'is unhealthy',
      'State.Status=running Image=i Health.Status=unhealthy',
      'is not healthy. Without it. It says: words',
    ],
    [
      'is between two starts',
      'State.Status=running Image=i Health.Status=starting RestartCount=3',
      'ended 3 times',
    ],
    ['runs another image', 'State.Status=running Image=j Health.Status=healthy', 'runs another image'],
  ])('a service that %s is a finding', (_, state, sentence) => {
    const rows = state.split(/ (?=[A-Z])/).map((row) => `*${row.replace('=', "*) say '")}' ;;`);
    const stubs = [
      `container_state() { case $2 in ${state ? rows.join(' ') : ''} *) say '' ;; esac; }`,
      `last_words() { say words; }; docker() { say i; }; setting() { say 8080; }`,
    ];
    const { output } = shell(program, `${stubs.join('; ')}; check_service core image 'Without it.' || :`);
    expect(output).toMatch(/^✗/m);
    expect(output).toContain(sentence);
  });

  test.each([
    ['days left', '40', ''],
    ['few days left', '12', 'ends in 12 days'],
    ['no days left', '-3', 'has ended'],
    ['a beginning in the future', 'early', 'the clock is wrong'],
  ])('a certificate with %s: %s', (_, days, sentence) => {
    const { output } = shell(program, `compose() { say '${days}'; }; check_certificates`);
    expect(output.split('\n')[0]).toContain(sentence);
    expect(output === '').toBe(sentence === '');
  });

  test.each([
    ['a message that is not sent', '*wget*) ;; *probe*) say "send failed: x"; return 1 ;;', 'send failed: x'],
    ['storage that takes nothing', '*wget*) return 1 ;;', 'nothing can be stored'],
    ['a cipher out of reach', '*) return 1 ;;', 'chat-core does not reach cipher-service'],
  ])('%s is a finding', (_, cases, sentence) => {
    const stub = `cipher_runs=yes; in_core() { case $* in ${cases} esac; }`;
    expect(shell(program, `${stub}; check_ready`).output).toContain(sentence);
  });

  test.each([
    ['exited', 'return 0', 'The tunnel does not run: words'],
    ['running', 'return 1', 'The tunnel is not connected'],
  ])('a tunnel that is %s and answers %s is a finding', (state, answer, sentence) => {
    const stubs = `has_profile() { :; }; container_state() { say ${state}; }; last_words() { say words; }`;
    const { output } = shell(program, `${stubs}; tunnel_connected() { ${answer}; }; check_tunnel`);
    expect(output).toContain(sentence);
  });

  test.each([
    ['opening', './bisik update completes it'],
    ['checking', './bisik rollback puts'],
  ])('an update that was interrupted while %s is a finding', (step, sentence) => {
    expect(shell(program, `set_state STEP ${step}; check_update; rm "$(state_file)"`).output).toContain(
      sentence,
    );
  });

  test('a kernel that limits no memory, and a machine without memory left, are findings', () => {
    const info = join(folder, 'meminfo');
    writeFileSync(info, 'MemTotal:  4000000 kB\nMemAvailable:  40000 kB\n');
    const { output } = shell(program, 'docker() { say false; }; check_memory', { MEMINFO: info });
    expect(output).toContain('cgroup_enable=memory');
    expect(output).toContain('Only 39 MB of memory are left');
  });

  test.each([
    ['exited', '', '✗ The nightly backups do not run: words.'],
    ['running', '', '✓ The first nightly backup has not been made yet.'],
    [
      'running',
      '{"error":"The disk is away.","failures":1}',
      '✗ No nightly backup was made: The disk is away.',
    ],
    ['running', '{"lastAt":NOW,"rehearsal":"ok"}', '✓ There is a backup of the last nights.'],
    [
      'running',
      '{"lastAt":NOW,"rehearsal":"failed","error":"x"}',
      '✗ The newest backup cannot be restored: x.',
    ],
    [
      'running',
      '{"lastAt":OLD,"rehearsal":"ok","error":"y"}',
      '✗ The newest nightly backup is 3 days old: y.',
    ],
  ])('nightly backups that are %s with the state %j give %j', (state, text, sentence) => {
    const day = 86_400_000;
    const json = text.replace('NOW', `${Date.now() - day}`).replace('OLD', `${Date.now() - 3.5 * day}`);
    const stubs = `container_state() { say ${state}; }; last_words() { say words; }; compose() { say '${json}'; }`;
    rmSync(join(folder, '.env'), { force: true });
    const { output } = shell(program, `${stubs}; set_setting COMPOSE_PROFILES tunnel,backups; check_backup`);
    expect(output).toContain(sentence);
  });
});
