import '../../styles/import.css';

/** Bringing a chat of WhatsApp or Telegram: loaded when its screen is opened. */
export { mountImport } from './import-screen.ts';
