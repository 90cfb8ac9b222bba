/**
 * What one person sees of the workspace. The server is the truth: any event on the stream means "read the
 * state again"; the views then change only what differs, so nothing flickers.
 */
import { readState, streamUrl } from "./api.js";

const RETRY_MS = 300;
const OFFLINE_AFTER = 3; // failures in a row: one alone is a network interface that came or went (see boot.js)

export class Workspace {
  user = null; // whose state this is; both change together
  state = null;
  sockets = 0;
  #listeners = [];
  #wanted = null;
  #retry = 0;
  #failures = 0;
  #stream = null;
  #reading = false;
  #stale = false;

  /**
   * `listener(event)` runs after every change; `event` is the stream's event, or null after a read of the
   * state.
   */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** Become `user`: their state takes the place of whoever's was shown before. */
  async enter(user) {
    this.#stream?.close();
    this.#wanted = user;
    await this.refresh();
    if (user === this.#wanted) this.#follow(user);
  }

  /** Reads the state; calls made while one is under way are answered together by one more. */
  async refresh() {
    this.#stale = true;
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#stale) {
        this.#stale = false;
        await this.#read(this.#wanted);
      }
    } finally {
      this.#reading = false;
    }
  }

  async #read(user) {
    try {
      const state = await readState(user);
      if (user !== this.#wanted) return; // the person was switched meanwhile: this state is not theirs
      this.user = user;
      this.state = state;
      this.sockets = state.sockets ?? this.sockets;
      this.#failures = 0;
    } catch {
      this.#failures += 1;
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.refresh(), RETRY_MS);
    }
    this.#tell(null);
  }

  #follow(user) {
    this.#stream?.close();
    const stream = new EventSource(streamUrl(user));
    this.#stream = stream;
    stream.onmessage = (message) => {
      const event = JSON.parse(message.data);
      if (event.sockets !== undefined) this.sockets = event.sockets;
      this.#tell(event);
      this.refresh();
    };
    // By itself a broken stream comes back seconds late. The new one's `hello` brings us up to date.
    stream.onerror = () => {
      stream.close();
      this.refresh(); // does the sandbox answer at all?
      setTimeout(() => this.#stream === stream && this.#follow(user), RETRY_MS);
    };
  }

  #tell(event) {
    for (const listener of this.#listeners) listener(event);
  }

  /** Does the sandbox answer? */
  get online() {
    return this.#failures < OFFLINE_AFTER;
  }

  person(id) {
    return this.state?.users.find((user) => user.id === id);
  }

  channel(id) {
    return this.state?.channels.find((channel) => channel.id === id);
  }

  /** Everything this person sees in a channel, oldest first. Answers stand in their threads (see replies). */
  messages(channelId) {
    const all = this.#all(channelId);
    const known = new Set(all.map((message) => message.ts));
    return all.filter((message) => !isReply(message) || !known.has(message.thread_ts));
  }

  /** The address of a message this person sees, wherever the workspace says it lives. */
  isPermalink(address) {
    return Object.values(this.state.messages)
      .flat()
      .some((message) => message.permalink === address);
  }

  replies(channelId, ts) {
    return this.#all(channelId).filter((message) => isReply(message) && message.thread_ts === ts);
  }

  #all(channel) {
    const { messages, ephemerals } = this.state;
    const all = [...(messages[channel] ?? []), ...(ephemerals[channel] ?? [])];
    return all.map((message) => ({ ...message, channel })).sort(byTime);
  }
}

const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;
const byTime = (a, b) => Number(a.ts) - Number(b.ts);
