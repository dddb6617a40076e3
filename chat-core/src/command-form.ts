/**
 * How a command is called where this process runs. Texts name npm scripts; an image has no npm and sets
 * `BISIK_COMMANDS=docker`, and its texts are printed with Docker commands instead.
 */
// biome-ignore lint/style/noProcessEnv: a text is printed also where the configuration could not be read
const IN_IMAGE = process.env.BISIK_COMMANDS === 'docker';

/** The service of a core in the compose file: another one where there are several. */
// biome-ignore lint/style/noProcessEnv: as above
const SERVICE = process.env.BISIK_SERVICE || 'chat-core';

const RUN = `docker compose run --rm ${SERVICE} node chat-core/src/commands`;
const EXEC = `docker compose exec ${SERVICE} node chat-core/src/commands`;

/** The Docker command of each npm script, as in docs/commands.md and docs/self-hosting.md. */
const IN_DOCKER: Record<string, string> = {
  start: 'docker compose up -d',
  build: 'docker compose build',
  backup: 'docker compose run --rm -T backup',
  backups: 'docker compose run --rm backups node chat-core/src/commands/backups.ts',
  invite: `${EXEC}/invite.ts`,
  audit: `${EXEC}/audit.ts`,
  reports: `${EXEC}/reports.ts`,
  'sweep-files': `${EXEC}/sweep-files.ts`,
  probe: `${EXEC}/probe.ts`,
  owner: `${EXEC}/owner.ts`,
  people: `${EXEC}/people.ts`,
  settings: `${EXEC}/settings.ts`,
  'reset-password': `${EXEC}/reset-password.ts`,
  'rotate-keys': 'docker compose run --rm setup node cipher-service/src/rotate.ts',
  verify: `${RUN}/verify.ts`,
  repair: `${RUN}/repair.ts`,
  migrate: `${RUN}/migrate.ts`,
  import: `${RUN}/import.ts`,
  export: `${RUN}/export.ts`,
  restore: 'docker run … bisik-core node chat-core/src/commands/restore.ts',
};

/** A text with each `npm run <name> -- <words>` replaced by the command that does the same here. */
export function formatCommands(text: string, inImage = IN_IMAGE): string {
  if (!inImage) return text;
  return text.replace(
    /npm (?:run )?([a-z-]+)( --(?= ))?/g,
    (whole, name: string) => IN_DOCKER[name] ?? whole,
  );
}
