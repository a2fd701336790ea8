import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';

/**
 * The part of Helm's templates that the chart of infra/ uses, since helm itself cannot be had here: if, else, range,
 * with, define, include, variables, and a few functions. Any other word is an error, so that nothing passes unread.
 */

type Value = unknown;
type Scope = { readonly dot: Value; readonly vars: Map<string, Value> };
type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly words: string }
  | { readonly kind: 'block'; readonly head: string; readonly body: Node[]; readonly orElse: Node[] };

/** Objects of a chart as Kubernetes would get them. `values` are laid over those of the chart. */
export function renderChart(folder: string, values: object = {}): Record<string, Value>[] {
  const own = parse(readFileSync(join(folder, 'values.yaml'), 'utf8')) as object;
  const chart = parse(readFileSync(join(folder, 'Chart.yaml'), 'utf8')) as { name: string; appVersion: string };
  const root = {
    Values: merged(own, values),
    Chart: { Name: chart.name, AppVersion: chart.appVersion },
    Release: { Name: 'city', Service: 'Helm', Namespace: 'citysink' },
  };
  const renderer = new Renderer();
  const files = globSync('templates/*', { cwd: folder }).sort();
  for (const file of files) renderer.define(parseTemplate(readFileSync(join(folder, file), 'utf8'), file));
  return files
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => {
      const text = renderer.render(parseTemplate(readFileSync(join(folder, file), 'utf8'), file), root);
      return parseAllDocuments(text).flatMap((document) => {
        if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0]?.message}\n${text}`);
        const object = document.toJS() as Record<string, Value> | null;
        return object === null ? [] : [object];
      });
    });
}

function merged(base: Value, over: Value): Value {
  const isMap = (value: Value): value is Record<string, Value> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap(base) || !isMap(over)) return over === undefined ? base : over;
  const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merged(base[key], over[key])]));
}

function parseTemplate(text: string, file: string): Node[] {
  const tokens: Node[] = [];
  let trimNext = false;
  for (const part of text.split(/(\{\{-?[\s\S]*?-?\}\})/)) {
    if (!part.startsWith('{{')) {
      tokens.push({ kind: 'text', text: trimNext ? part.trimStart() : part });
      continue;
    }
    const last = tokens.at(-1);
    if (part.startsWith('{{-') && last?.kind === 'text') tokens.splice(-1, 1, { ...last, text: last.text.trimEnd() });
    trimNext = part.endsWith('-}}');
    tokens.push({ kind: 'action', words: part.replace(/^\{\{-?\s*|\s*-?\}\}$/g, '') });
  }
  const rest = [...tokens];
  const nodes = takeNodes(rest);
  if (rest.length > 0) throw new Error(`${file}: an end without its beginning`);
  return nodes;
}

/** Nodes up to the `end` or `else` that closes them, which is left in place. */
function takeNodes(tokens: Node[]): Node[] {
  const nodes: Node[] = [];
  for (let next = tokens[0]; next !== undefined; next = tokens[0]) {
    if (next.kind !== 'action') {
      nodes.push(next);
      tokens.shift();
      continue;
    }
    if (/^(end|else)$/.test(next.words)) return nodes;
    tokens.shift();
    if (!/^(if|range|with|define)\b/.test(next.words)) {
      nodes.push(next);
      continue;
    }
    const body = takeNodes(tokens);
    const hasElse = tokens[0]?.kind === 'action' && tokens[0].words === 'else';
    if (hasElse) tokens.shift();
    const orElse = hasElse ? takeNodes(tokens) : [];
    if (tokens.shift() === undefined) throw new Error(`{{ ${next.words} }} has no end`);
    nodes.push({ kind: 'block', head: next.words, body, orElse });
  }
  return nodes;
}

class Renderer {
  private readonly defined = new Map<string, Node[]>();

  define(nodes: readonly Node[]): void {
    for (const node of nodes) {
      const name = node.kind === 'block' ? /^define "([^"]+)"$/.exec(node.head)?.[1] : undefined;
      if (name !== undefined && node.kind === 'block') this.defined.set(name, node.body);
    }
  }

  render(nodes: readonly Node[], dot: Value): string {
    return this.all(nodes, { dot, vars: new Map([['$', dot]]) });
  }

  private all(nodes: readonly Node[], scope: Scope): string {
    return nodes.map((node) => this.one(node, scope)).join('');
  }

  private one(node: Node, scope: Scope): string {
    if (node.kind === 'text') return node.text;
    if (node.kind === 'block') return this.block(node, scope);
    const assigned = /^(\$\w+) := (.*)$/s.exec(node.words);
    if (assigned === null) return String(this.pipeline(node.words, scope) ?? '');
    scope.vars.set(assigned[1] as string, this.pipeline(assigned[2] as string, scope));
    return '';
  }

  private block({ head, body, orElse }: Extract<Node, { kind: 'block' }>, scope: Scope): string {
    const [, word = '', rest = ''] = /^(\w+) (.*)$/s.exec(head) ?? [];
    if (word === 'define') return '';
    const named = /^((?:\$\w+, )?\$\w+) := (.*)$/s.exec(rest);
    const names = named?.[1]?.split(', ') ?? [];
    const value = this.pipeline(named?.[2] ?? rest, scope);
    const inner = (dot: Value, extra: readonly [string, Value][] = []) =>
      this.all(body, { dot, vars: new Map([...scope.vars, ...extra]) });
    if (!isTrue(value)) return this.all(orElse, scope);
    if (word === 'if') return inner(scope.dot);
    if (word === 'with') return inner(value);
    return Object.entries(value as object)
      .map(([key, item]) => {
        const extra = names.length === 2 ? [key, item] : [item];
        return inner(
          item,
          names.map((name, i) => [name, extra[i]] as [string, Value]),
        );
      })
      .join('');
  }

  private pipeline(text: string, scope: Scope): Value {
    let piped: Value[] = [];
    for (const stage of text.split(/\s\|\s/)) {
      const words = stage.match(/"[^"]*"|\S+/g) ?? [];
      const args = words.slice(1).map((word) => this.value(word, scope));
      const [head = ''] = words;
      piped = [/^[a-zA-Z]+$/.test(head) ? this.call(head, [...args, ...piped]) : this.value(head, scope)];
    }
    return piped[0];
  }

  private value(word: string, scope: Scope): Value {
    if (word.startsWith('"')) return word.slice(1, -1);
    if (/^\d+$/.test(word)) return Number(word);
    if (word === '.') return scope.dot;
    const [, name = '', path = ''] = /^(\$\w*)?((?:\.\w+)*)$/.exec(word) ?? [];
    if (name === '' && path === '') throw new Error(`this renderer does not know ${word}`);
    let value = name === '' ? scope.dot : scope.vars.get(name);
    for (const key of path.split('.').slice(1)) {
      if (typeof value !== 'object' || value === null || !(key in value)) throw new Error(`no value for ${word}`);
      value = (value as Record<string, Value>)[key];
    }
    return value;
  }

  private call(name: string, args: readonly Value[]): Value {
    const [first, second] = args;
    if (name === 'include') {
      const body = this.defined.get(String(first));
      if (body === undefined) throw new Error(`no template ${String(first)}`);
      return this.render(body, second);
    }
    if (name === 'quote') return JSON.stringify(String(first));
    if (name === 'toYaml') return stringify(first).trimEnd();
    if (name === 'nindent') return `\n${String(second).replace(/^(?=.)/gm, ' '.repeat(Number(first)))}`;
    if (name === 'list') return args;
    if (name === 'eq') return first === second;
    if (name === 'not') return !isTrue(first);
    if (name === 'printf') {
      const rest = args.slice(1);
      return String(first).replace(/%[sv]/g, () => String(rest.shift()));
    }
    throw new Error(`this renderer does not know the function ${name}`);
  }
}

/** Empty texts, lists and maps, 0, false and nothing are false in templates. */
function isTrue(value: Value): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
