/**
 * What one person sees of the workspace. The server is the truth: any event on the stream means "read the state again";
 * the views then change only what differs, so nothing flickers.
 */
import { readState, streamUrl } from "./api.js";

const RETRY_MS = 2000;

export class Workspace {
  user = null;
  state = null;
  sockets = 0;
  online = true;
  #listeners = [];
  #stream = null;
  #reading = false;
  #stale = false;

  /** `listener(event)` runs after every change; `event` is the stream's event, or null after a read of the state. */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** Become `user`: everything shown before belongs to somebody else and is dropped. */
  async enter(user) {
    this.#stream?.close();
    this.user = user;
    this.state = null;
    await this.refresh();
    this.#follow();
  }

  /** Reads the state; calls made while one is under way are answered together by one more. */
  async refresh() {
    this.#stale = true;
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#stale) {
        this.#stale = false;
        await this.#read(this.user);
      }
    } finally {
      this.#reading = false;
    }
  }

  async #read(user) {
    try {
      const state = await readState(user);
      if (user !== this.user) return; // the person was switched meanwhile: this state is not theirs
      this.state = state;
      this.sockets = state.sockets ?? this.sockets;
      this.online = true;
    } catch {
      this.online = false;
      setTimeout(() => this.refresh(), RETRY_MS);
    }
    this.#tell(null);
  }

  #follow() {
    this.#stream = new EventSource(streamUrl(this.user));
    this.#stream.onmessage = (message) => {
      const event = JSON.parse(message.data);
      if (event.sockets !== undefined) this.sockets = event.sockets;
      this.#tell(event);
      this.refresh();
    };
    this.#stream.onerror = () => {
      this.online = false; // EventSource reconnects by itself; its `hello` then brings us up to date
      this.#tell(null);
    };
  }

  #tell(event) {
    for (const listener of this.#listeners) listener(event);
  }

  get me() {
    return this.person(this.user);
  }

  person(id) {
    return this.state?.users.find((user) => user.id === id);
  }

  channel(id) {
    return this.state?.channels.find((channel) => channel.id === id);
  }

  /** Everything this person sees in a channel, oldest first, answers in threads left out. */
  messages(channelId) {
    return this.#all(channelId).filter((message) => !isReply(message));
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
