// Of the form's fields only those that mean something to the chosen kind and endpoint; without this, all of them.
const form = document.querySelector("[data-fault-form]")
if (form) {
  const [endpoint, kind, error] = ["endpoint", "kind", "error"].map((name) => form.elements[name])
  const all = { kind: [...kind.children], error: [...error.children] }

  const keep = (select, children) => {
    const chosen = select.value
    select.replaceChildren(...children)
    select.value = [...select.options].some((option) => option.value === chosen) ? chosen : select.options[0].value
  }

  const show = () => {
    keep(kind, all.kind.filter((option) => option.dataset.places.split(" ").includes(endpoint.value)))
    keep(error, all.error.filter((child) => child.tagName === "OPTION" || child.label === endpoint.value))
    for (const part of form.querySelectorAll("[data-kinds]")) {
      part.hidden = !part.dataset.kinds.split(" ").includes(kind.value)
      for (const field of part.querySelectorAll("input, select")) field.disabled = part.hidden
    }
  }

  endpoint.addEventListener("change", show)
  kind.addEventListener("change", show)
  show()
}
