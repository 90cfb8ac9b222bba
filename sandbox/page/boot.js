/**
 * Loads what the browser dropped once more. Chromium aborts every request under way when a network interface of the
 * machine comes or goes (ERR_NETWORK_CHANGED), and each container that starts or stops is one: while a release runs,
 * a page opened beside it would stay blank. Not a module, so that it stands before everything that can fail.
 */
(() => {
  const AGAIN_MS = 300;
  const TRIES = 10; // what is really missing must not reload for ever
  const KEY = "reloads";

  function again(node) {
    if (node.tagName === "SCRIPT") {
      const tries = Number(sessionStorage.getItem(KEY) ?? 0) + 1;
      sessionStorage.setItem(KEY, String(tries));
      if (tries <= TRIES) location.reload(); // a module that failed to load cannot be asked for again
    } else {
      const tries = Number(node.dataset.tries ?? 0) + 1;
      const link = node.cloneNode();
      link.dataset.tries = String(tries);
      if (tries <= TRIES) node.replaceWith(link);
    }
  }

  const failed = ({ target }) => {
    if (target instanceof HTMLScriptElement || target instanceof HTMLLinkElement)
      setTimeout(again, AGAIN_MS, target);
  };
  window.addEventListener("error", failed, true);
  window.addEventListener("app-started", () => sessionStorage.removeItem(KEY));
})();
