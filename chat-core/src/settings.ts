import type { Config } from './config.ts';
import type { Store } from './storage/store.ts';
import {
  type ChangeSettings,
  type OwnerSettings,
  SETTINGS,
  type SettingName,
  type StoredSettings,
} from './wire/owner.ts';

const MB = 2 ** 20;
const MINUTE_MS = 60_000;
const NAMES = Object.keys(SETTINGS) as SettingName[];

/** The settings that owners change while the box runs, as they are at each reading. */
export type LiveSettings = Pick<
  Config,
  'registration' | 'friendship' | 'secondFactor' | 'editMs' | 'retentionDays' | 'fileQuotas'
>;

/** The settings as the configuration of this process has them. */
type Defaults = { [Name in SettingName]: NonNullable<StoredSettings[Name]> };

function defaultsOf(config: LiveSettings): Defaults {
  const { registration, friendship, secondFactor, editMs, retentionDays, fileQuotas } = config;
  return {
    registration,
    friendship,
    secondFactor,
    editMinutes: Math.floor(editMs / MINUTE_MS),
    retentionDays,
    maxFileMb: Math.floor(fileQuotas.maxFileBytes / MB),
    quotaPersonMb: Math.floor(fileQuotas.personBytes / MB),
    quotaBoxMb: Math.floor(fileQuotas.boxBytes / MB),
  };
}

/** What owners have set, without a value that this version does not take. */
function storedIn(store: Pick<Store, 'settings'>): StoredSettings {
  return valid(store.settings());
}

function valid(stored: Record<string, unknown>): StoredSettings {
  return Object.fromEntries(
    NAMES.filter((name) => SETTINGS[name].safeParse(stored[name]).success).map((name) => [
      name,
      stored[name],
    ]),
  );
}

/** What an owner has set goes before the environment, which `config` was read from. */
export function openSettings(
  config: LiveSettings,
  store: Pick<Store, 'settings' | 'saveSettings'>,
): {
  live: LiveSettings;
  list(): OwnerSettings;
  /** Durable once it resolves, and valid at once. A change that changes nothing writes nothing. */
  change(input: ChangeSettings): Promise<{ now: OwnerSettings; changed: SettingName[] }>;
} {
  const defaults = defaultsOf(config);
  const now = (): Defaults => ({ ...defaults, ...storedIn(store) }) as Defaults;
  const fileQuotas = {
    get maxFileBytes() {
      return now().maxFileMb * MB;
    },
    get personBytes() {
      return now().quotaPersonMb * MB;
    },
    get boxBytes() {
      return now().quotaBoxMb * MB;
    },
  };
  const list = (): OwnerSettings => {
    const stored = storedIn(store);
    const values = now();
    return Object.fromEntries(
      NAMES.map((name) => [
        name,
        { value: values[name], ...(stored[name] === undefined && { byEnvironment: true as const }) },
      ]),
    ) as OwnerSettings;
  };
  return {
    live: {
      get registration() {
        return now().registration;
      },
      get friendship() {
        return now().friendship;
      },
      get secondFactor() {
        return now().secondFactor;
      },
      get editMs() {
        return now().editMinutes * MINUTE_MS;
      },
      get retentionDays() {
        return now().retentionDays;
      },
      fileQuotas,
    },
    list,
    async change(input) {
      let changed: SettingName[] = [];
      // In turn with other changes: none may bring back what another one has replaced meanwhile.
      await store.saveSettings((stored) => {
        const before = valid(stored);
        const merged = Object.entries({ ...before, ...input }).filter(([, value]) => value !== null);
        const next: StoredSettings = Object.fromEntries(merged);
        changed = NAMES.filter((name) => next[name] !== before[name]);
        return changed.length > 0 ? next : undefined;
      });
      return { now: list(), changed };
    },
  };
}
export type BoxSettings = ReturnType<typeof openSettings>;
