/**
 * What a slash command may be followed by, read from its usage hint: `deploy VERSION · rollback · logs
 * [COLOUR]`.
 */

/** The alternatives of a usage hint, which stand between `·` or `|`. */
const alternatives = (hint) =>
  hint
    .split(/\s*[·|]\s*/)
    .map((part) => part.trim())
    .filter(Boolean);

/**
 * The fixed words an alternative begins with, without its placeholders (`VERSION`, `<version>`,
 * `[COLOUR]`).
 */
const words = (usage) => /^(?:[a-z][a-z-]*(?:\s+|$))*/.exec(usage)[0].trim();

/**
 * The lines over the field while a slash command is typed: {insert: the text a choice puts there, label,
 * usage, note}. None when the text is no command. `commands` are the manifest's {command, usage_hint,
 * description}.
 */
export function suggestions(text, commands) {
  if (!text.startsWith("/") || text.includes("\n")) return [];
  const [, typed, said] = /^(\S+)(?:\s+(.*))?$/.exec(text);
  if (said === undefined && !text.endsWith(" "))
    return commands.filter(({ command }) => command.startsWith(typed)).map(whole);
  const command = commands.find((one) => one.command === typed);
  if (!command) return [];
  return alternatives(command.usage_hint)
    .filter((usage) => matches(words(usage), said ?? ""))
    .map((usage) => part(command.command, usage));
}

const whole = ({ command, usage_hint: usage, description: note }) => ({
  insert: `${command} `,
  label: command,
  usage,
  note,
});

function part(command, usage) {
  const label = `${command} ${words(usage)}`;
  const rest = usage.slice(words(usage).length).trim();
  return { insert: rest ? `${label} ` : label, label, usage: rest };
}

/** While the word is being typed, what it may become; after it, the usage of that word only. */
const matches = (word, said) => (said.includes(" ") ? said.startsWith(`${word} `) : word.startsWith(said));
