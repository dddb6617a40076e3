import { z } from 'zod';
import { codeLike, Id, Time } from './common.ts';
import { EXAMPLE } from './examples.ts';
import { InviteCode } from './invites.ts';
import { SecondFactor, Ticket } from './second-factor.ts';

const AttemptId = Id.meta({
  example: EXAMPLE.attemptId,
  description:
    'a UUID you make for one attempt: repeated with it after a lost answer, it gets the same outcome',
});

// The rules of names and passwords are checked by their features, with error codes of their own.
export const Name = z.string().min(1).max(256).meta({ example: EXAMPLE.me.username });
export const Password = z.string().max(1024).meta({ format: 'password', example: EXAMPLE.me.password });
const Token = z.string().meta({ description: 'send it as Authorization: Bearer …; good for 30 days' });

const DeviceProof = z.string().max(64).meta({
  description:
    'proves that this device has logged in before: keep it, and send it with the next login of this name, which strangers’ wrong guesses then cannot delay',
});

export const Registration = z.strictObject({
  username: Name,
  password: Password,
  inviteCode: InviteCode.exactOptional(),
  attemptId: AttemptId.exactOptional(),
});

export const Login = z.strictObject({
  username: Name,
  password: Password,
  deviceName: z.string().max(64).meta({ description: 'shown in the list of devices' }).exactOptional(),
  attemptId: AttemptId.exactOptional(),
  deviceProof: DeviceProof.exactOptional(),
  secondFactor: SecondFactor.exactOptional(),
});
export type Credentials = z.infer<typeof Registration> & z.infer<typeof Login>;

export const LoginAnswer = z.strictObject({
  id: Id,
  username: z.string(),
  contacts: z.array(Id),
  token: Token,
  deviceProof: DeviceProof.exactOptional(),
  setUpTicket: Ticket.exactOptional().meta({
    description:
      'on a box that requires a second factor, for an account without one: this session may only set one up, with this ticket',
  }),
});
export type LoginAnswer = z.infer<typeof LoginAnswer>;

export const TokenAnswer = z.strictObject({ token: Token });
export type TokenAnswer = z.infer<typeof TokenAnswer>;

export const ChangePassword = z.strictObject({
  userId: Id,
  currentPassword: Password,
  newPassword: Password,
  ticket: Ticket.exactOptional(),
});
export type ChangePassword = z.infer<typeof ChangePassword>;

export const ChangePasswordAnswer = z.strictObject({ message: z.string(), token: Token });
export type ChangePasswordAnswer = z.infer<typeof ChangePasswordAnswer>;

/** The code counts however it is typed: case, dashes and spaces do not matter. */
export const ResetPassword = z.strictObject({
  username: Name,
  code: codeLike(EXAMPLE.resetCode),
  newPassword: Password,
});

export const Logout = z.strictObject({
  everywhere: z.boolean().exactOptional(),
  ticket: Ticket.exactOptional(),
});
export type Logout = z.infer<typeof Logout>;

/** A device an account is logged in on; `current` is the one that sent the request. */
export const Device = z
  .strictObject({ id: Id, name: z.string(), createdAt: Time, lastSeenAt: Time, current: z.boolean() })
  .meta({ id: 'Device' });
export type Device = z.infer<typeof Device>;

/** How this server is configured. */
export const ServerInfo = z.strictObject({
  registration: z.enum(['open', 'invite', 'closed']),
  friendship: z.enum(['instant', 'request']),
  oidc: z
    .strictObject({ name: z.string() })
    .exactOptional()
    .meta({ description: 'the provider by which people may log in' }),
  secondFactor: z.enum(['optional', 'owners', 'required']),
  passkeys: z.boolean().meta({ description: 'whether people can log in with passkeys here' }),
  editMs: z.number().int().min(0).meta({ description: 'milliseconds in which a message can be edited' }),
  retentionDays: z
    .number()
    .int()
    .min(1)
    .exactOptional()
    .meta({ description: 'days after which every message of the box expires; absent: they do not' }),
  ownerless: z
    .literal(true)
    .exactOptional()
    .meta({ description: 'no account is an owner yet: the page asks for the code of the first one' }),
});
export type ServerInfo = z.infer<typeof ServerInfo>;
