import type { Quality, Report } from '../generated/engine.js';
import { bytes, table } from './format.js';

/** The signal-to-noise ratio; of all tensors together with that of the mean tensor, which presets are about. */
function decibels({ sqnr, tensorSqnr }: Quality): string {
  if (sqnr === undefined) return 'exact';
  return `${sqnr.toFixed(1)} dB${tensorSqnr === undefined ? '' : ` (${tensorSqnr.toFixed(1)} by tensor)`}`;
}

function cells(quality: Quality): string[] {
  return [
    bytes(quality.encoded),
    `${quality.bitsPerWeight.toFixed(2)} bits`,
    decibels(quality),
    `max ${quality.maxError.toPrecision(3)}`,
    `mean ${quality.meanError.toPrecision(3)}`,
    `cosine ${quality.cosine.toFixed(5)}`,
    `${(quality.sparsity * 100).toFixed(1)}% zero`,
  ];
}

/** What a recipe did to each tensor, and to all of them; nothing without a recipe. */
export function qualityTable({ tensors = [], quality }: Report): string {
  if (tensors.length === 0) return '';
  const changed = tensors.flatMap(({ name, chain, rule, note, quality: own }) => {
    return own ? [[name, chain.join(' → '), ...cells(own), `${rule}${note ? `; ${note}` : ''}`]] : [];
  });
  const rows = quality ? [...changed, ['all of these', '', ...cells(quality), '']] : changed;
  const reasons = new Map<string, number>();
  for (const { rule, quality: own } of tensors) if (!own) reasons.set(rule, (reasons.get(rule) ?? 0) + 1);
  const kept = [...reasons].map(([rule, count]) => `${count} exact: ${rule}`);
  return `${[...(rows.length > 0 ? [table(rows)] : []), ...kept].join('\n')}\n`;
}
