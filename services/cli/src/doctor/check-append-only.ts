import type { RedisSettings } from '@flotilla/queue';
import { type Finding, fine, wrong } from './finding.ts';

/** Without its append-only file a Redis that restarts is empty: nothing is lost, but all is handed out again. */
export function checkAppendOnly({
  appendsOnly,
  appendWorks,
}: Pick<RedisSettings, 'appendsOnly' | 'appendWorks'>): Finding {
  if (!appendsOnly) {
    return wrong(
      'aof',
      'Redis keeps no append-only file and restarts empty',
      'set appendonly yes in redis.conf',
    );
  }
  return appendWorks
    ? fine('aof', 'Redis keeps an append-only file')
    : wrong('aof', 'Redis cannot write its append-only file', 'make room on its disk, and read its log');
}
