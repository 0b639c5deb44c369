// What the phone's pages share: shown only in the phone, a status line, and a log in which secrets are masked.
const inside = document.querySelector("[data-inside]");
const status = document.querySelector("[data-status]");
const log = document.querySelector("[data-log]");

export const words = inside.dataset;
export const masked = (value) => (value.length < 12 ? "••••" : "••••" + value.slice(-4));

export class Told extends Error {} // a sentence for the person; `code` names it for tests

export function told(sentence, code = "") {
  return Object.assign(new Told(sentence), { code });
}

export function note(line, bad = false) {
  log.querySelector("[data-nothing]")?.remove();
  const item = document.createElement("li");
  item.textContent = line;
  item.classList.toggle("frame__bad", bad);
  log.append(item);
  item.scrollIntoView({ block: "nearest" });
}

export function say(sentence, state, code = "") {
  status.textContent = sentence;
  Object.assign(status.dataset, { state, code });
}

export function show(user) {
  const card = document.querySelector("[data-person]");
  card.hidden = !user;
  if (!user) return;
  const name = card.querySelector("[data-name]"), picture = card.querySelector("[data-avatar]");
  name.textContent = user.nickname || name.dataset.nameless;
  card.querySelector("[data-phone]").textContent = user.phone;
  if (user.avatar) picture.src = user.avatar;
}

// One thing at a time; what goes wrong is said, and nothing is left half done.
export async function run(button, work) {
  if (inside.ariaBusy === "true") return;
  inside.ariaBusy = "true";
  say("…", "busy");
  try {
    await work(button);
    say(button.dataset.done, "ok");
  } catch (problem) {
    say(problem instanceof Told ? problem.message : words.failed, "bad", problem.code ?? "");
    if (!(problem instanceof Told)) note(problem.errMsg ?? String(problem), true);
  }
  inside.ariaBusy = "false";
}

export function begin(actions) {
  if (window.parent === window) return;
  for (const notice of document.querySelectorAll("[data-outside]")) notice.hidden = true;
  inside.hidden = false;
  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => run(button, actions[button.dataset.do]));
  }
}
