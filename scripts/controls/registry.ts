import { BACKUP_CONTROLS } from './backup-controls.ts';
import { REQUEST_CONTROLS } from './request-controls.ts';
import { STORAGE_CONTROLS } from './storage-controls.ts';
import { WATCHING_CONTROLS } from './watching-controls.ts';

/**
 * Every harness of the test catalogue that a change of the code can blind. The soak of a family is not among them: its test plants a
 * leak of memory and files itself (chat-core/bench/soak/family.test.ts).
 */
export const CONTROLS = [...REQUEST_CONTROLS, ...STORAGE_CONTROLS, ...WATCHING_CONTROLS, ...BACKUP_CONTROLS];

/** The harnesses of part E of the catalogue; each has at least one control. */
export const ROWS =
  'T-AZ1 T-AZ2 T-SE1 T-SE2 T-TM1 T-BF1 T-IP1 T-HT1 T-HT2 T-RB1 T-RB2 T-RB3 T-RB4 T-RB5 T-FC1 T-NW1 T-NW2 T-FZ1 T-FZ2 T-SC1 T-LG1 T-DF1 T-CR1 T-CR4 T-CR5 T-CR6 T-CR7 T-MN1 T-MN2 T-BK1'.split(
    ' ',
  );
