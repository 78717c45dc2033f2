import { describe } from 'vitest';
import { memoryStore } from './memory-store.ts';
import { headForTest, outboxConformance } from './outbox.conformance.ts';

describe('the outbox in memory', () => outboxConformance(async () => memoryStore(headForTest())));
