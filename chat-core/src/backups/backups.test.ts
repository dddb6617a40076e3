import { describe, expect, it } from 'vitest';
import { createBackups } from './backups.ts';

describe('the nightly backups, as chat-core knows them', () => {
  it('a request reaches the process with its next report, once', () => {
    const backups = createBackups(() => 0);
    expect(backups.report({ target: 'usb' })).toEqual({ start: false });
    expect(backups.runBackup()).toBe(true);
    expect(backups.report({ target: 'usb' })).toEqual({ start: true });
    expect(backups.report({ target: 'usb' })).toEqual({ start: false });
    expect(backups.backupState()).toEqual({ target: 'usb' });
  });

  it('a process that never reported, or is silent for two minutes, starts nothing, and the last state says so', () => {
    let elapsed = 0;
    const backups = createBackups(() => elapsed);
    expect([backups.runBackup(), backups.backupState()]).toEqual([false, {}]);
    backups.report({ target: 'usb', lastAt: 1 });
    elapsed = 120_001;
    expect(backups.runBackup()).toBe(false);
    expect(backups.backupState()).toEqual({ target: 'usb', lastAt: 1, error: 'BACKUPS_STOPPED' });
    expect(backups.report({ target: 'usb' })).toEqual({ start: false });
  });
});
