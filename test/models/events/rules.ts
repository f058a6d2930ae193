/** The rules of EV that this model can break one by one, and what is done where one is switched off. */
export const eventsRules = {
  'EV-2 null': 'events are read behind a cursor over order numbers, not where they are unmarked',
  'EV-2 one': 'two events of one entity may be unacknowledged',
  'EV-2 id': 'the id of a message is the same in every epoch',
  'EV-3 verified': 'a new connection is used without looking at the stream',
  'EV-3 content':
    "the stream's last sequence is compared with the highest mark, not the messages with the marks",
  'EV-3 taken': 'a lane is sent from as soon as it is taken, on a connection that has not verified it',
  'EV-3 ended': 'a lane is verified under the lease number of marks that may still be on their way',
  'EV-3 made': 'a stream that was deleted and made anew on a running server is taken for the one before',
  'EV-3 dropped': 'what was unacknowledged when the connection was lost is sent again from memory',
  'EV-3 epoch': 'marks are cleared without raising the epoch',
  'EV-4 lease': 'a mark is written although the lane has been taken by another since',
  'EV-4 null': 'a mark is written over a mark',
  'EV-4 epoch': 'a mark is written although the epoch has risen since the sending',
} as const;

export type EventsRule = keyof typeof eventsRules;
