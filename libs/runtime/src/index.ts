export { type Deadline, deadline, monotonicMs, sleep, TimeLimitError, withTimeLimit } from './clock.ts';
export {
  type Config,
  ConfigError,
  type Environment,
  parseConfig,
  secret,
  type Variable,
  type Variables,
  variable,
} from './config.ts';
export {
  type Check,
  createHealth,
  type Health,
  type HealthAlarm,
  type HealthOptions,
  healthVariables,
} from './health.ts';
export { type HostProcess, runService, type Service, type ServiceContext } from './lifecycle.ts';
export { createLog, type Log, type LogLevel, logLevels } from './log.ts';
export {
  createLoop,
  type Loop,
  type LoopClock,
  type LoopOptions,
  type StepResult,
} from './loop.ts';
export { maskUserInfo } from './mask-user-info.ts';
export { type ConnectionPool, createRegistry, observeLoops, observePools } from './metrics.ts';
export { orRefuseToStart } from './or-refuse-to-start.ts';
export { StartError } from './start-error.ts';
export { version } from './version.ts';
