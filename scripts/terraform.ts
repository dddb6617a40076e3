/** Reads Terraform files in the form of `terraform fmt`, one attribute or bracket a line, and checks them against a provider's schema. */

/** A block such as `resource "type" "name"`, with the paths of its attributes: lists have no part of their own in a path. */
export type Block = { kind: string; labels: string[]; attributes: Map<string, string>; text: string };

/** The attributes of a resource or data source by path; those marked with `!` must be there. */
export type Schema = Record<string, string>;

/** Attributes of every resource: Terraform's own. */
const OF_TERRAFORM = ['count', 'for_each', 'depends_on', 'provider', 'lifecycle'];

/** The top-level blocks of a file. @throws Error for a bracket that is not closed */
export function readBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let block: Block | undefined;
  let path: string[] = [];
  for (const line of text.split('\n')) {
    const code = line.replace(/^\s*#.*$/, '').trim();
    if (code === '') continue;
    if (!block) {
      const [, kind = '', labels = ''] = /^(\w+)((?: "[^"]+")*) \{(\})?$/.exec(code) ?? [];
      if (kind === '') throw new Error(`“${code}” begins no block.`);
      const found = {
        kind,
        labels: [...labels.matchAll(/"([^"]+)"/g)].map(([, label = '']) => label),
        attributes: new Map<string, string>(),
        text: '',
      };
      blocks.push(found);
      if (!code.endsWith('}')) [block, path] = [found, []];
      continue;
    }
    block.text += `${code}\n`;
    const [, name = '', value = ''] = /^(\w+)\s+(?:=\s+)?(.*)$/.exec(code) ?? [];
    const opens = /[[{(]$/.test(code);
    if (/^[\])}]/.test(code)) {
      if (path.length === 0) block = undefined;
      else path.pop();
    } else if (code.startsWith('for ') || !name) {
      if (opens) path.push('');
    } else {
      block.attributes.set([...path, name].filter(Boolean).join('.'), value);
      if (opens) path.push(name);
    }
  }
  if (block) throw new Error(`The block ${block.labels.join('.')} is not closed.`);
  return blocks;
}

/** What does not agree between blocks and the schemas of their kinds, one sentence each. */
export function schemaFlaws(blocks: Block[], schemas: Record<string, Schema>): string[] {
  return blocks
    .filter(({ kind }) => kind === 'resource' || kind === 'data')
    .flatMap(({ labels: [type = '', name = ''], attributes }) => {
      const schema = schemas[type];
      if (!schema) return [`${type} is no kind of resource that this check knows`];
      const known = ['', ...Object.keys(schema).filter(Boolean)].flatMap((prefix) =>
        (schema[prefix] ?? '')
          .split(' ')
          .filter(Boolean)
          .map((one) => (prefix ? `${prefix}.` : '') + one),
      );
      const names = known.map((one) => one.replace('!', ''));
      const there = [...attributes.keys()].filter((path) => !OF_TERRAFORM.includes(path));
      const unknown = there.filter((path) => !names.includes(path));
      const needed = known.filter((one) => one.endsWith('!')).map((one) => one.slice(0, -1));
      const missing = needed.filter((path) => {
        const parent = path.split('.').slice(0, -1).join('.');
        return (parent === '' || attributes.has(parent)) && !attributes.has(path);
      });
      return [
        ...unknown.map((path) => `${type}.${name} has no attribute ${path}`),
        ...missing.map((path) => `${type}.${name} needs the attribute ${path}`),
      ];
    });
}

/** The references of blocks that lead nowhere: to variables, local values, resources and data sources that are not declared. */
export function danglingReferences(blocks: Block[]): string[] {
  const declared = new Set(
    blocks.flatMap(({ kind, labels, attributes }) => {
      if (kind === 'variable') return [`var.${labels[0]}`];
      if (kind === 'locals')
        return [...attributes.keys()].filter((one) => !one.includes('.')).map((one) => `local.${one}`);
      if (kind === 'resource') return [labels.join('.')];
      return kind === 'data' ? [`data.${labels.join('.')}`] : [];
    }),
  );
  const used = blocks.flatMap(({ text }) => {
    const found = text.matchAll(/(?<![\w.])((?:var|local)\.\w+|(?:data\.)?(?:cloudflare|aws)_\w+\.\w+)/g);
    return [...found].map(([one]) => one);
  });
  const unused = [...declared].filter((one) => /^(var|local)\./.test(one) && !used.includes(one));
  return [
    ...new Set(used.filter((one) => !declared.has(one))),
    ...unused.map((one) => `${one} is used nowhere`),
  ];
}
