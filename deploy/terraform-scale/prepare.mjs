// Runs in the image of chat-core, once, by the task `prepare`: makes the user and the schema of Bisik in the database of this form. Called
// again it sets the password anew, and changes nothing else.
import pg from 'pg';

// biome-ignore lint/style/noProcessEnv: a program of its own, without the configuration of chat-core
const { DATABASE_HOST: host, ADMINISTRATOR_PASSWORD, PASSWORD, DATABASE_CA: ca } = process.env;
const ssl = ca ? { ca } : undefined;
const client = new pg.Client({
  host,
  user: 'administrator',
  password: ADMINISTRATOR_PASSWORD,
  database: 'bisik',
  ssl,
});
await client.connect();
const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = 'bisik'");
const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
await client.query(
  `${verb} ROLE bisik LOGIN PASSWORD ${client.escapeLiteral(PASSWORD ?? '')} NOCREATEDB NOCREATEROLE`,
);
for (const statement of [
  'REVOKE ALL ON DATABASE bisik FROM PUBLIC',
  'GRANT CONNECT ON DATABASE bisik TO bisik',
  'REVOKE ALL ON SCHEMA public FROM PUBLIC',
  'GRANT bisik TO CURRENT_USER',
  'CREATE SCHEMA IF NOT EXISTS bisik AUTHORIZATION bisik',
])
  await client.query(statement);
await client.end();
process.stdout.write('The database has the user and the schema of Bisik.\n');
