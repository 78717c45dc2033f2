import type { DecodeInput, DecodeOutput } from './decode-protocols.ts';
export const decodeIec = (_: DecodeInput): DecodeOutput => ({ status: 'unsupported' });
