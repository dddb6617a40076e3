# Runs in the container `keys` of a task, as root, and ends: writes the secrets of its environment into the volumes of the task.
umask 077
decode() { printf '%s' "$1" | base64 -d; }
printf '%s' "$KEYRING" >/keys/cipher/keyring.json
decode "$TOKEN_KEY" >/keys/core/token.key
decode "$STORAGE_KEY" >/keys/core/storage.key
decode "$PUSH_KEY" >/keys/core/push.key
printf '%s' "$DATABASE_URL" >/settings/database-url
printf '%s\n' "$DATABASE_CA" >/settings/database-ca.pem
printf '%s' "$FILES_KEY_ID" >/settings/files-key-id
printf '%s' "$FILES_SECRET" >/settings/files-secret
chmod 700 /keys/cipher /keys/core /settings /data
# The certificates of this task: its core accepts its cipher alone, and the other way round.
node cipher-service/src/setup.ts
chown -R 1000:1000 /keys/cipher /keys/core /settings /data
chmod 1777 /tmp
