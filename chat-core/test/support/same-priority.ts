/** Preloaded by `--import`: the process stays at the priority it was started with. */
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

os.setPriority = () => {};
syncBuiltinESMExports();
