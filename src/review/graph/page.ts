import { createHash } from 'node:crypto';
import type { TrustGraph } from './payload.ts';

export interface Assets {
  readonly script: string;
  readonly style: string;
}

/**
 * The page as one text that asks for nothing: its policy (CSP) lets run its own script and style by their
 * hashes, and forbids every request. The graph stands in it as data, with no character that HTML reads.
 */
export function asPage(graph: TrustGraph, { script, style }: Assets): string {
  // Neither may end its own element; a bundler escapes this in a string, and a comment need not have it.
  if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style))
    throw new Error('the page ends its own script or style');
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${graph.review === undefined ? 'Who may reach what' : 'Review: who may reach what'}</title>
<style>${style}</style>
</head>
<body>
<noscript><p>This page draws itself by a script. Without one: <code>backbone graph --mermaid</code> or <code>--json</code>.</p></noscript>
<div id="page"></div>
<script type="application/json" id="graph">${inScript(graph)}</script>
<script>${script}</script>
</body>
</html>`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** JSON that can stand in a script element: `<` and the line separators as escapes of JSON. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
