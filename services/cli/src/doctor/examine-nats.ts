import { connectNats, readJetStreamSettings } from '@flotilla/events';
import { checkJetStream } from './check-jetstream.ts';
import { type Finding, fine } from './finding.ts';

export async function examineNats(url: string, address: string): Promise<Finding[]> {
  const nats = await connectNats({ url, name: 'flotilla doctor' });
  try {
    const settings = await readJetStreamSettings(nats);
    return [fine('nats', `NATS ${settings.version} at ${address}`), checkJetStream(settings)];
  } finally {
    await nats.close();
  }
}
