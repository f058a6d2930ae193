import { ErrorCode, type JetStreamManager, type NatsConnection, StorageType } from 'nats';
import { findStream } from './stream.ts';

/** What a NATS server has of JetStream. */
export interface JetStreamSettings {
  /** Of the server. */
  readonly version: string;
  /** Null: JetStream is switched off, or not for this user. */
  readonly jetStream: JetStream | null;
}

export interface JetStream {
  /** What it may still store in files, as far as this account has a limit; else null. */
  readonly leftBytes: number | null;
  /** Null: nobody has made the stream yet, which the scheduler does. */
  readonly stream: { readonly inFiles: boolean; readonly bytes: number; readonly messages: number } | null;
}

const unlimited = -1;

/** Fails where the server does not answer. */
export async function readJetStreamSettings(nats: NatsConnection): Promise<JetStreamSettings> {
  return { version: nats.info?.version ?? '', jetStream: await readJetStream(nats) };
}

async function readJetStream(nats: NatsConnection): Promise<JetStream | null> {
  const manager = await managerOf(nats);
  if (manager === null) return null;
  const [{ limits, storage }, info] = await Promise.all([manager.getAccountInfo(), findStream(manager)]);
  return {
    leftBytes: limits.max_storage === unlimited ? null : limits.max_storage - storage,
    stream: info && {
      inFiles: info.config.storage === StorageType.File,
      bytes: info.state.bytes,
      messages: info.state.messages,
    },
  };
}

async function managerOf(nats: NatsConnection): Promise<JetStreamManager | null> {
  try {
    return await nats.jetstreamManager(); // asks the server whether it has JetStream
  } catch (error) {
    if ((error as { code?: string }).code === ErrorCode.JetStreamNotEnabled) return null;
    throw error;
  }
}
