/**
 * The sandbox's control API: what a person does in Slack. Every call answers an object or throws an Error
 * to show.
 */

async function call(path, body) {
  let response;
  try {
    response = await fetch(
      `/sandbox/${path}`,
      body && {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      },
    );
  } catch {
    // Never asked again by itself: the command may have arrived, and a deploy must not be started twice.
    throw new Error("The sandbox did not answer. Look whether it was done before you try again.");
  }
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The sandbox answered ${response.status} to /sandbox/${path}: ${text.slice(0, 200)}`);
  }
}

export const readState = (user) => call(`state?user=${encodeURIComponent(user ?? "")}`);
export const say = (user, channel, text) => call("say", { user, channel, text });
export const click = (user, action) => call("click", { user, ...action });
export const submitView = (user, viewId, values) => call("submit", { user, view_id: viewId, values });
export const closeView = (user, viewId) => call("close", { user, view_id: viewId });
export const openHome = (user) => call("home", { user });
export const streamUrl = (user) => `/sandbox/stream?user=${encodeURIComponent(user)}`;
