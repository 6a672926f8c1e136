// Compares two synthesized directories: node .github/compare-synth.mjs <one> <other>
// The version stamp and empty lists may differ (docs/decisions/0001); anything else is a difference.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [one, other] = process.argv.slice(2);
const stacks = (directory) => readdirSync(join(directory, 'stacks')).sort();

const essential = (value) => {
  if (Array.isArray(value)) return value.map(essential);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, of]) => key !== '//' && !(Array.isArray(of) && of.length === 0))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, of]) => [key, essential(of)]),
  );
};
const lines = (directory, stack) => {
  const text = readFileSync(join(directory, 'stacks', stack, 'cdk.tf.json'), 'utf8');
  return JSON.stringify(essential(JSON.parse(text)), undefined, 2).split('\n');
};

let differences = 0;
for (const stack of new Set([...stacks(one), ...stacks(other)])) {
  const [left, right] = [lines(one, stack), lines(other, stack)];
  const at = left.findIndex((line, index) => line !== right[index]);
  if (at === -1 && left.length === right.length) continue;
  differences += 1;
  console.log(`${stack}: ${left[at] ?? 'ends'} | ${right[at] ?? 'ends'}`);
}
console.log(`${differences} stacks differ`);
process.exit(differences === 0 ? 0 : 1);
