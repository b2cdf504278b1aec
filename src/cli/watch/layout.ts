/** Where the columns of the table stand: from a column on, so many cells. Columns count from 0. */
export interface Place {
  readonly at: number;
  readonly width: number;
}

/** Where each part of a row stands; what is absent has no room. Mark, state and both ends are always there. */
export interface RowLayout {
  readonly state: Place;
  readonly local: Place;
  readonly remote: Place;
  readonly owner?: Place;
  readonly firstSeen?: Place;
  readonly receiveQueue?: Place;
  readonly sendQueue?: Place;
  readonly age?: Place;
  readonly life?: Place;
  /** Whether the state has room for the one before a change. */
  readonly stateBefore: boolean;
}

/** An IPv4 address with its port, and an IPv6 one with a scope. */
const SHORTEST_END = 21;
const LONGEST_END = 47;
const GAP = 3;
/** A number of bytes: 10 digits are 4 GB. */
const QUEUE = 10;
/** The last minute. */
const LIFE = 30;

/** Columns from which on there is room for more. */
const FROM = { age: 68, owner: 84, stateBefore: 120, firstSeen: 132, queues: 150, life: 160 } as const;

/**
 * @param width of the screen, from 60 up
 * @param longestEnd cells that the longest end in view takes
 * @param owners whether the owners are shown
 * @param queues whether what waits in the queues is shown, where there is room
 */
export function layoutRows(width: number, longestEnd: number, owners: boolean, queues: boolean): RowLayout {
  if (width < FROM.age) return { ...narrow(width, longestEnd), stateBefore: false };
  const hasBefore = width >= FROM.stateBefore;
  const hasOwner = owners && width >= FROM.owner;
  const hasFirstSeen = width >= FROM.firstSeen;
  const hasQueues = queues && width >= FROM.queues;
  const state = { at: 2, width: hasBefore ? 27 : 12 };
  const age = 7;
  // What the other columns take at least; the ends, the owner and the life share the rest, in this order.
  let rest = width - (state.at + state.width + (GAP + SHORTEST_END) * 2 + GAP + age);
  if (hasOwner) rest -= GAP + 16;
  if (hasFirstSeen) rest -= GAP + 10;
  if (hasQueues) rest -= (GAP + QUEUE) * 2;
  const hasLife = width >= FROM.life && rest >= GAP + LIFE;
  if (hasLife) rest -= GAP + LIFE;
  const wanted = Math.max(0, Math.min(longestEnd, LONGEST_END) - SHORTEST_END);
  const more = Math.max(0, Math.min(wanted, Math.floor(rest / 2)));
  rest -= more * 2;
  const end = SHORTEST_END + more;
  const ownerWidth = hasOwner ? 16 + Math.max(0, Math.min(16, rest)) : 0;
  rest -= hasOwner ? ownerWidth - 16 : 0;
  const lifeWidth = hasLife ? LIFE + Math.max(0, Math.min(30, rest)) : 0;
  rest -= hasLife ? lifeWidth - LIFE : 0;

  let at = state.at + state.width;
  const next = (cells: number): Place => {
    const place = { at: at + GAP, width: cells };
    at = place.at + cells;
    return place;
  };
  const local = next(end);
  const remote = next(end);
  const owner = hasOwner ? next(ownerWidth) : undefined;
  const firstSeen = hasFirstSeen ? next(10) : undefined;
  const receiveQueue = hasQueues ? next(QUEUE) : undefined;
  const sendQueue = hasQueues ? next(QUEUE) : undefined;
  // Without a life behind it the age stands at the border.
  if (!hasLife && width <= 140) at = width - age - GAP;
  const agePlace = next(age);
  const life = hasLife ? next(lifeWidth) : undefined;
  return {
    ...{ state, local, remote, age: agePlace, stateBefore: hasBefore },
    ...(owner && { owner }),
    ...(firstSeen && { firstSeen }),
    ...(receiveQueue && sendQueue && { receiveQueue, sendQueue }),
    ...(life && { life }),
  };
}

function narrow(width: number, longestEnd: number): Pick<RowLayout, "state" | "local" | "remote"> {
  const state = { at: 2, width: 12 };
  const room = Math.floor((width - 1 - (state.at + state.width + 1) - 2) / 2);
  const end = Math.max(SHORTEST_END, Math.min(room, longestEnd));
  const local = { at: state.at + state.width + 1, width: end };
  return { state, local, remote: { at: local.at + end + 2, width: end } };
}
