// Walks through the messages of this file. Without it the file reads from top to bottom.
(() => {
  const root = document.documentElement;
  const bar = document.querySelector(".replay__bar");
  const rows = [...document.querySelectorAll("[data-seq]")];
  const panels = [...document.querySelectorAll("[data-panel]")];
  const cells = [...document.querySelectorAll("[data-learned]")];
  const signs = { knows: "●", useless: "◐", never: "○", forbidden: "⚠" };
  const side = document.querySelector(".replay__side");
  const wide = matchMedia("(min-width: 1000px)");
  const pace = 2600; // milliseconds for one message while it plays
  let at = 0;
  let timer = 0;

  const stateAt = (cell, seq) => {
    const learned = Number(cell.dataset.learned);
    const useless = Number(cell.dataset.useless);
    if (!learned || learned > seq) return "never";
    if (useless && useless <= seq) return "useless";
    return cell.dataset.forbidden === "1" ? "forbidden" : "knows";
  };

  const show = (place) => {
    at = Math.min(Math.max(place, 0), rows.length - 1);
    const seq = Number(rows[at].dataset.seq);
    rows.forEach((row, n) => {
      row.classList.toggle("is-ahead", n > at);
      if (n === at) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    });
    panels.forEach((panel, n) => {
      panel.hidden = n !== at;
      if (n === at && wide.matches) side.prepend(panel);
      else if (n === at) rows[at].append(panel); // one column: what is said stands with its message
    });
    cells.forEach((cell) => {
      cell.dataset.state = stateAt(cell, seq);
      cell.textContent = signs[cell.dataset.state];
    });
    document.querySelector("[data-place-now]").textContent = String(at + 1);
    bar.querySelector('[data-do="previous"]').disabled = at === 0;
    bar.querySelector('[data-do="next"]').disabled = at === rows.length - 1;
    rows[at].scrollIntoView({ block: "nearest" });
  };

  const stop = () => {
    clearInterval(timer);
    timer = 0;
    delete bar.dataset.playing;
  };

  const play = () => {
    if (timer) return stop();
    if (at === rows.length - 1) show(0);
    bar.dataset.playing = "";
    timer = setInterval(() => {
      show(at + 1);
      if (at === rows.length - 1) stop();
    }, pace);
  };

  const speak = () => {
    root.dataset.language = root.dataset.language === "en" ? "zh-CN" : "en";
    root.lang = root.dataset.language;
  };

  const deeds = {
    first: () => { stop(); show(0); },
    previous: () => { stop(); show(at - 1); },
    next: () => { stop(); show(at + 1); },
    play,
    language: speak,
  };

  wide.addEventListener("change", () => show(at));
  root.classList.add("js");
  document.querySelectorAll("[hidden]").forEach((part) => { part.hidden = false; });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    const row = event.target.closest(".replay__caption");
    if (button) deeds[button.dataset.do]();
    if (row) { event.preventDefault(); stop(); show(rows.indexOf(row.closest("[data-seq]"))); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("pre, [tabindex='0']")) return;
    if (event.key === "ArrowRight") deeds.next();
    if (event.key === "ArrowLeft") deeds.previous();
  });
  if (rows.length) show(0);
})();
