export { connectNats, type EventsOptions, EventsUnavailable } from './connect.ts';
export { followEvents, type StreamedEvent } from './follow.ts';
export { onCancel, onHint, publishCancel, publishHint } from './hints.ts';
export { type JetStream, type JetStreamSettings, readJetStreamSettings } from './jetstream-settings.ts';
export { type KeptConnection, keepConnected } from './keep-connected.ts';
export {
  createLogPublisher,
  type LivePiece,
  onLogPiece,
  onTail,
  publishTail,
  tailEveryMs,
  tailLastsMs,
} from './logs.ts';
export { createPublisher, EventRefused, type Publisher, type StreamLook, StreamReplaced } from './publish.ts';
export type { Hint } from './subjects.ts';
