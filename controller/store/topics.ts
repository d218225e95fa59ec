import type { Store } from "./open.ts";

/** How many enrolled devices expect pushes of a topic. */
export interface TopicCount {
  readonly topic: string;
  readonly devices: number;
}

/** The push topics of enrolled devices, the most frequent first; Android devices have none. Costs a look at every channel. */
export function countTopics(store: Store): Promise<TopicCount[]> {
  return store.query<TopicCount>(
    `select topic, count(*) as devices from reeve.channel
     where kind = 'device' and status <> 'left' and topic <> '' group by topic order by devices desc, topic`,
    [],
  );
}
