export { type ConnectionKind, connectRedis, QueueUnavailable } from './connect.ts';
export { type ConsumeOptions, type Consumer, consume, type Verdict } from './consume.ts';
export { createEnqueuer, type Delivery, type Enqueuer } from './enqueue.ts';
export type { Message } from './message.ts';
export { type HandedOut, openQueueCheck, type QueueCheck } from './queue-check.ts';
export { openQueueViews, type QueueViews } from './queue-views.ts';
export { redisProblem } from './redis-problem.ts';
export { type RedisSettings, readRedisSettings } from './redis-settings.ts';
export { createTide, type Tide, type TideAnswer } from './tide.ts';
