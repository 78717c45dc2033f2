import type { DecodeInput, DecodeOutput } from './decode-protocols.ts';
export const decodeDongle = (_: DecodeInput): DecodeOutput => ({ status: 'unsupported' });
