// The appearance menu closes like a menu: on Escape, and on a click elsewhere. Without this script it is a plain <details>.
const menu = document.querySelector(".ribbon details")

document.addEventListener("click", ({ target }) => {
  if (!menu.contains(target)) menu.open = false
})

menu.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return
  menu.open = false
  menu.querySelector("summary").focus()
})
