/** Texts that the box sends at a time: loaded when first needed. */
import '../../styles/schedule.css';

export { openSchedule } from './schedule-dialog.ts';
