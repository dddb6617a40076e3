import '../../styles/pick-row.css';
/** Choosing messages, forwarding them, and the pinned message of a conversation: loaded when first needed. */
import '../../styles/forward.css';

export { openForward } from './forward-dialog.ts';
export { mountPinBar } from './pin-bar.ts';
export { startSelection } from './selection.ts';
