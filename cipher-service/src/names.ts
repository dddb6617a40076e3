/** The one name a client certificate must carry, and nothing beside it. */
export const CLIENT_NAME = 'chat-core';

/** The name of this service in its certificate and in the bridge network. */
export const SERVER_NAME = 'cipher-service';
