/** The lazy module of the login, with the form and the page that the other entry pages have too. */
export { mountLogin } from './login.ts';
