// Clocks and lives go on between two loads, at the pace of the world: not at all where it is frozen.
const opened = performance.now()
const passed = () => (performance.now() - opened) / 1000

const clocks = document.querySelectorAll("[data-now][data-frozen='false']")
const families = document.querySelector(".co-families[data-frozen='false']")

function tick() {
  for (const clock of clocks) {
    if (clock === families) continue
    const moment = new Date((Number(clock.dataset.now) + passed()) * 1000)
    clock.textContent = moment.toISOString().slice(0, 19).replace("T", " ")
  }
  for (const life of families?.querySelectorAll(".life[data-state='active']") ?? []) {
    const { issued, expires } = life.dataset
    const now = Number(families.dataset.now) + passed()
    const part = Math.min(1, Math.max(0, (now - issued) / Math.max(1, expires - issued)))
    life.querySelector(".life__part").setAttribute("width", (100 * part).toFixed(2))
  }
}

if (clocks.length || families) setInterval(tick, 1000)

// A new app: fields that the chosen dialect and kind do not have are not asked for, unless one was refused.
const what = document.getElementById("f-what")

function fit() {
  for (const part of document.querySelectorAll("[data-places]")) {
    part.hidden = !part.dataset.places.split(",").includes(what.value) && !part.querySelector("[aria-invalid]")
    for (const input of part.querySelectorAll("input, select, textarea")) input.disabled = part.hidden
  }
}

if (what) {
  what.addEventListener("change", fit)
  fit()
}
