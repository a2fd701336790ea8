import { describe, expect, it } from 'vitest';
import { clipped, html, plain } from '../../../../src/reducer/report/html.ts';

describe('html', () => {
  it('makes text of whatever it is given, in content and in attributes', () => {
    const name = `<img src=x onerror="alert('1')">&amp;`;
    const safe = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;';
    expect(html`<b title="${name}">${name}</b>`.text).toBe(`<b title="${safe}">${safe}</b>`);
  });

  it('keeps its own markup as it is, in lists too, and writes nothing for what is missing', () => {
    const items = ['a', '<'].map((item) => html`<li>${item}</li>`);
    expect(html`<ul>${items}${null}${undefined}${0}</ul>`.text).toBe('<ul><li>a</li><li>&lt;</li>0</ul>');
  });

  it('leaves out what would steer the direction of text, or is no character', () => {
    expect(plain('a\u202eb\u2066c\u0007d\ud800e\u2028f')).toBe('a b c d e f');
  });

  it('clips by characters, not by halves of them', () => {
    expect(clipped('𠮷𠮷𠮷𠮷', 3)).toBe('𠮷𠮷…');
    expect(clipped('abc', 3)).toBe('abc');
  });
});
