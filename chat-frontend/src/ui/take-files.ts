/** Text that comes with a file (from a spreadsheet, say) is pasted or dropped as text. */
const isFile = ({ types }: DataTransfer) =>
  types.includes('Files') && !types.some((type) => /^text\/(plain|uri-list)$/.test(type));

/**
 * Hands over pasted and dropped files, and never lets a dropped one replace the page. It listens from the start of the page
 * on, since the browser opens what is dropped on a page that does not listen.
 */
export function takeFiles(page: Document, take: (files: File[]) => void): void {
  for (const type of ['paste', 'dragover', 'drop'] as const)
    page.addEventListener(type, (event) => {
      const { target } = event;
      const data = 'clipboardData' in event ? event.clipboardData : event.dataTransfer;
      if (!data || !(target instanceof Element)) return;
      const file = isFile(data);
      // Fields take dropped text and file inputs dropped files; pasted text is always left to the browser.
      if (type === 'paste' ? !file : target.matches(file ? '[type=file]' : 'input, textarea')) return;
      event.preventDefault();
      // The cursor shows that text cannot be dropped here.
      if (!file) data.dropEffect = 'none';
      else if (type !== 'dragover') take([...data.files]);
    });
}
