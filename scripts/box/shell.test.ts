/** The parts of `./bisik` that need no engine, by dash and by busybox where there is one. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { folder, ROOT, SCRIPTS, SHELLS, shell } from './run-shell.ts';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(SHELLS.map((words) => [words.join(' '), words] as const))('in %s', (_, program) => {
  test.each([
    ['172.31.243.0/28', '172.16.0.0/12', true],
    ['172.31.243.0/28', '172.31.243.16/28', false],
    ['172.31.243.0/28', '172.31.243.8/32', true],
    ['192.168.1.0/24', '192.168.0.0/16', true],
    ['192.168.1.0/24', '192.168.2.0/24', false],
    ['255.255.255.0/24', '10.0.0.0/8', false],
  ])('%s and %s overlap: %s', (one, other, expected) => {
    const { output } = shell(program, `overlaps ${one} ${other} && say true || say false`);
    expect(output).toBe(String(expected));
  });

  test('the networks of the routing table are read, without the default route', () => {
    const routes = join(folder, 'route');
    const head = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT';
    const row = (address: string, mask: string) => `eth0\t${address}\t0\t1\t0\t0\t0\t${mask}\t0\t0\t0`;
    const rows = [
      head,
      row('00000000', '00000000'),
      row('0000A8C0', '0000FFFF'),
      row('000010AC', '0000F0FF'),
    ];
    writeFileSync(routes, `${rows.join('\n')}\n`);
    // No engine answers at this address.
    const env = { ROUTES: routes, DOCKER_HOST: 'unix:///nonexistent' };
    expect(shell(program, 'known_networks', env).output.split('\n')).toEqual([
      '192.168.0.0/16',
      '172.16.0.0/12',
    ]);
    // 172.31, 172.30, 172.29 and 192.168 are taken.
    expect(shell(program, 'free_prefix', env).output).toBe('10.243.243');
  });

  test('the first port from 8080 that nothing listens on is taken', () => {
    const listening = join(folder, 'tcp');
    const row = (port: string, state: string) => `   0: 0100007F:${port} 00000000:0000 ${state} 0:0`;
    writeFileSync(
      listening,
      ['sl local', row('1F90', '0A'), row('1F91', '0A'), row('1F92', '01')].join('\n'),
    );
    const env = { LISTENING: listening, LISTENING6: '/dev/null' };
    expect(shell(program, 'free_port', env).output).toBe('8082');
  });

  test('a setting is written once, read back as it was, and readable by its owner alone', () => {
    rmSync(join(folder, '.env'), { force: true });
    const value = 'a b$c`d"e#f\\g*';
    const { output } = shell(
      program,
      `set_setting NAME one; set_setting OTHER 1; set_setting NAME '${value}'; default_setting NAME two; setting NAME; setting NONE none`,
    );
    expect(output.split('\n')).toEqual([value, 'none']);
    expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(`OTHER=1\nNAME='${value}'\n`);
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
    expect(shell(program, 'unset_setting NAME; setting NAME gone').output).toBe('gone');
  });

  test.each(["it's", 'two\nlines'])('a setting that .env cannot hold is refused: %j', (value) => {
    const { status, errors } = shell(program, 'set_setting NAME "$VALUE"', { VALUE: value });
    expect([status, errors]).toEqual([1, expect.stringContaining('must not contain')]);
  });

  test.each([
    ['https://chat.example.org', true],
    ['https://chat.example.org:8443', true],
    ['http://chat.example.org', false],
    ['https://chat.example.org/x', false],
    ['https://chat example', false],
    ['chat.example.org', false],
    ['', false],
  ])('%j is an address for a tunnel: %s', (address, expected) => {
    expect(shell(program, `check_address '${address}'`).status).toBe(expected ? 0 : 1);
  });

  test('a clock of 1970 is a finding', () => {
    const { output } = shell(
      program,
      'date() { [ "$1" = +%s ] && say 86400 || say 1970-01-02; }; wrong_clock',
    );
    expect(output).toContain('The clock says 1970-01-02, which is wrong.');
    expect(shell(program, 'wrong_clock').output).toBe('');
  });

  test('little memory is a finding', () => {
    const info = join(folder, 'meminfo');
    writeFileSync(info, 'MemTotal:  400000 kB\nMemAvailable:  100000 kB\n');
    expect(shell(program, 'wrong_memory', { MEMINFO: info }).output).toContain('390 MB of memory');
  });

  test.each([
    ['24.0.9 amd64', '2.30.0', '25 or newer'],
    ['26.1.5 arm', '2.30.0', '64-bit'],
    ['26.1.5+dfsg1 arm64', '2.20.3', '2.21 or newer'],
    ['26.1.5 arm64', '1.29.2', '2.21 or newer'],
    ['29.0.0 arm64', 'v5.0.1', ''],
    ['26.1.5+dfsg1 amd64', '2.26.1-4', ''],
  ])('Docker %s with compose %s: %j', (server, compose, sentence) => {
    const docker = `docker() { case $1 in version) say '${server}' ;; compose) say '${compose}' ;; esac; }`;
    const { output } = shell(program, `${docker}; wrong_docker`);
    if (sentence === '') expect(output).toBe('');
    else expect(output).toContain(sentence);
  });

  test.each([
    ['permission denied while trying to connect', 'You may not use Docker'],
    ['Cannot connect to the Docker daemon', 'Docker does not run'],
  ])('an engine that says %j is a finding with a remedy', (answer, sentence) => {
    const { output } = shell(program, `docker() { say '${answer}'; return 1; }; wrong_docker`);
    expect(output).toContain(sentence);
  });

  test.each([
    ['ghcr.io/ani/bisik-core:1.0.0', '1.2.0', 'ghcr.io/ani/bisik-core@sha256:new'],
    ['ghcr.io/ani/bisik-core@sha256:old', '', 'ghcr.io/ani/bisik-core@sha256:new'],
    ['ghcr.io/ani/bisik-core:1.0.0@sha256:old', '1.2.0', 'ghcr.io/ani/bisik-core@sha256:new'],
    ['localhost:5000/bisik-core', '', 'localhost:5000/bisik-core@sha256:new'],
  ])('an update of %s to %j runs what was fetched, by its digest', (old, version, expected) => {
    const docker = `docker() { case $1\${4-} in pull | *Labels*) ;; image*) n=\${5%:*}; echo "$n@sha256:new"; echo other/name@sha256:new ;; esac; }`;
    const call = `old_core=${old} old_cipher=${old} version='${version}' build=no new_core= new_cipher=`;
    const commands = `${docker}; is_clone() { return 1; }; ${call}; fetch_new; say "$new_core $new_cipher"`;
    const { output } = shell(program, commands);
    expect(output).toContain(`${old.replace(/@.*/, '').replace(/:1.0.0$/, '')}:${version || 'latest'} …`);
    expect(output.split('\n').at(-1)).toBe(`${expected} ${expected}`);
  });

  test('the newest cipher-service is taken at the version of the newest chat-core, also while a release is published', () => {
    const docker = `docker() { case $1\${4-} in pull*) ;; *Labels*) echo 1.3.0 ;; image*) n=\${5%:*}; echo "$n@sha256:new" ;; esac; }`;
    const call = "old_core=r/core:1 old_cipher=r/cipher:1 version='' build=no new_core= new_cipher=";
    const { output } = shell(program, `${docker}; is_clone() { return 1; }; ${call}; fetch_new`);
    expect(output).toBe('Fetching r/core:latest …\nFetching r/cipher:1.3.0 …');
  });

  test('the images of the version before the last are removed, those of the last and of this one stay', () => {
    const names = `earlier='r/core:1 r/cipher:1' old_core=r/core:2 old_cipher=r/cipher:1 new_core=r/core:3 new_cipher=r/cipher:3`;
    const { errors } = shell(
      program,
      `docker() { echo "$*" >>${folder}/removed; }; ${names}; remove_earlier`,
    );
    expect([errors, readFileSync(join(folder, 'removed'), 'utf8')]).toEqual(['', 'image rm r/core:1\n']);
    rmSync(join(folder, 'removed'));
  });

  test('before the first update nothing is remembered of one, which is no error', () => {
    expect(shell(program, 'earlier="$(state OLD_CORE) x"; say "$earlier"')).toMatchObject({
      output: 'x',
      status: 0,
    });
  });

  test('an update whose terminal goes away goes back, though nothing can be said any more', () => {
    const log = join(folder, 'went-back');
    const stubs = `load() { :; }; find_volumes() { core_container=a cipher_container=b; }; docker() { :; }; version_of() { :; }; image_id() { say "$1"; }
      fetch_new() { new_core=new new_cipher=new; }; go_back() { say back >&2 && echo back >${log}; }
      keep_data() { kill -HUP $$; sleep 1; }`;
    const { status } = shell(program, `${stubs}\nexec 2>/dev/full\nbox_update`);
    expect([status, readFileSync(log, 'utf8')]).toEqual([1, 'back\n']);
    rmSync(log);
    rmSync(join(folder, '.bisik-update'));
  });

  test('an update that was cut off after people were let in is completed, and not undone', () => {
    const file = join(folder, '.bisik-update');
    writeFileSync(file, 'FORMAT=7\nNEW_CORE=new\nSTEP=opening\n');
    const stubs = `open_edge() { return 1; }; go_back() { say back; }; start_services() { :; }
      data_format() { [ "$1" = new ] && say 8; }; new_core=newer`;
    const { output, status } = shell(program, `${stubs}\nfinish_interrupted; say "$new_core"`);
    expect([status, output]).toEqual([0, expect.stringMatching(/completed\.\n.*newer one.*\nnewer$/)]);
    expect(output).not.toContain('back\n');
    expect(readFileSync(file, 'utf8').split('\n').sort()).toEqual([
      '',
      'COPY=yes',
      'FORMAT=7',
      'NEW_CORE=new',
      'STEP=done',
    ]);
    rmSync(file);
  });

  test.each(['keeping', 'checking', 'opening'])(
    'start and restore refuse while an update is interrupted at %s',
    (step) => {
      const file = join(folder, '.bisik-update');
      writeFileSync(file, `STEP=${step}\n`);
      const stubs =
        'load() { :; }; find_volumes() { :; }; compose() { say started; }; docker() { say started; }';
      for (const call of ['box_start', 'box_restore /dev/null']) {
        const { output, errors, status } = shell(program, `${stubs}; ${call}`);
        expect([status, output]).toEqual([1, '']);
        expect(errors).toContain('An update was interrupted');
      }
      rmSync(file);
    },
  );

  test('a second folder does not touch the box of the first, and neither does one whose settings are gone', () => {
    const [one, other] = [mkdtempSync(join(folder, 'one-')), mkdtempSync(join(folder, 'other-'))];
    writeFileSync(join(one, 'docker-compose.yml'), '');
    const stubs = `load() { :; }; compose() { say called; }; docker() { [ "$1" = ps ] && say '${one}' || say called; }
      is_clone() { return 1; }; open_tunnel_folder() { :; }; set_setting REGISTRATION invite`;
    for (const call of ['start_box', 'box_uninstall --data', 'box_uninstall']) {
      const { output, errors, status } = shell(program, `dir='${other}'; ${stubs}; ${call}`);
      expect([call, status, output, errors]).toEqual([
        call,
        1,
        '',
        expect.stringContaining(`The box in ${one}`),
      ]);
    }
    expect(shell(program, `dir='${one}'; ${stubs}; refuse_other_folder`)).toMatchObject({
      status: 0,
      errors: '',
    });
    const gone = shell(program, `dir='${other}'; ${stubs}; rm "$dir/.env"; box_uninstall --data`);
    expect([gone.status, gone.output]).toEqual([1, '']);
    expect(gone.errors).toContain('There are no settings');
    for (const place of [one, other]) rmSync(place, { recursive: true });
  });

  test('chat-core is started first, so that a disk for backups that is away does not keep it down', () => {
    rmSync(join(folder, '.env'), { force: true });
    const stub = 'compose() { say "$*"; case $* in *orphans) return 1 ;; esac; }';
    const { output } = shell(
      program,
      `${stub}; set_setting COMPOSE_PROFILES tunnel,backups; start_services || say failed`,
    );
    const words = output.split('\n').map((line) => line.trim().split(' ').at(-1));
    expect(words).toEqual(['chat-core', 'cloudflared', '--remove-orphans', 'failed']);
  });

  test.each([
    ['box_restore --dry-run box.age', '--dry-run'],
    ['box_restore box.age --with-nothing', '--with-nothing'],
    ['box_backup --fodler /mnt', '--fodler'],
  ])('%s: an option that is none changes nothing', (call, option) => {
    const stubs = 'load() { :; }; find_volumes() { :; }; compose() { say called; }; docker() { say called; }';
    const { output, errors, status } = shell(program, `${stubs}; ${call}`);
    expect([status, output, errors]).toEqual([1, '', expect.stringContaining(`no option ${option}`)]);
  });

  test('a folder is opened to the restore for its backups alone', () => {
    const place = mkdtempSync(join(folder, 'disk-'));
    mkdirSync(join(place, 'attachments/a'), { recursive: true });
    const files = ['.env', 'diary', 'box.age', 'box.files', 'attachments/a/1'];
    for (const name of files) writeFileSync(join(place, name), '', { mode: 0o600 });
    chmodSync(place, 0o700);
    expect(shell(program, `let_read '${place}'`).status).toBe(0);
    const modes = files.map((name) => (statSync(join(place, name)).mode & 0o777).toString(8));
    expect(modes).toEqual(['600', '600', '644', '644', '644']);
    rmSync(join(place, 'box.age'));
    chmodSync(place, 0o700);
    expect(shell(program, `let_read '${place}'`).status).toBe(1);
    expect(statSync(place).mode & 0o777).toBe(0o700);
    rmSync(place, { recursive: true });
  });

  test('a file that holds no token leaves the tunnel as it is', () => {
    writeFileSync(join(folder, 'wrong'), 'my token\n');
    for (const file of [join(folder, 'wrong'), join(folder, 'missing')]) {
      const call = `docker() { say called; }; use_token '${file}' https://chat.example.org`;
      const { output, errors, status } = shell(program, call);
      expect([status, output, errors]).toEqual([1, '', expect.stringContaining('contains no token')]);
    }
    rmSync(join(folder, 'wrong'));
  });

  test('the profile of the tunnel comes and goes, others stay', () => {
    rmSync(join(folder, '.env'), { force: true });
    const calls = 'compose() { :; }; start_box() { :; }; set_setting COMPOSE_PROFILES a,b';
    const on = shell(program, `${calls}; turn_on https://chat.example.org; setting COMPOSE_PROFILES`);
    expect(on.output).toBe('a,b,tunnel');
    const off = shell(program, 'compose() { :; }; start_box() { :; }; tunnel_off; setting COMPOSE_PROFILES');
    expect(off.output.split('\n').at(-1)).toBe('a,b');
  });
});

test('an unknown command and an unknown option end with a sentence and exit code 1', () => {
  const call = (...words: string[]) => spawnSync('sh', [join(ROOT, 'bisik'), ...words], { encoding: 'utf8' });
  const unknown = call('dance');
  expect([unknown.status, unknown.stderr]).toEqual([
    1,
    'There is no command dance. ./bisik help lists them.\n',
  ]);
  expect(call('help').stdout).toContain('install     checks the machine');
  expect(call('--yes', 'help').status).toBe(0);
});

test('every shell script is at most 300 lines', () => {
  for (const file of SCRIPTS) {
    const { length } = readFileSync(join(ROOT, file), 'utf8').split('\n');
    expect([file, length <= 301]).toEqual([file, true]);
  }
});
