// `wx` for a mini program's page on this town's phone: <script src="…/assets/provider/wx.js"></script>, not a module.
// Names, arguments and errMsg are the platform's. Each call takes success, fail and complete, or gives a promise.
(() => {
  const phone = new URL(document.currentScript.src).origin
  const [appId = "", owner = ""] = window.name.split("|") // the phone names the frame; `owner` tells users apart only
  const waiting = new Map()

  addEventListener("message", ({ data, source, origin }) => {
    if (source !== window.parent || origin !== phone || data?.ninestep !== "answer") return
    waiting.get(data.id)?.(data.value)
    waiting.delete(data.id)
  })

  function ask(call, told = {}) {
    if (window.parent === window) return Promise.resolve({ error: "not in WeChat" })
    return new Promise((resolve) => {
      const id = crypto.getRandomValues(new Uint32Array(2)).join("-")
      waiting.set(id, resolve)
      window.parent.postMessage({ ninestep: "call", id, call, told }, phone)
    })
  }

  function api(name, work) {
    return (options = {}) => {
      const done = work(options).then((told) => ({ ...told, errMsg: `${name}:ok` }), (problem) => {
        throw { errMsg: `${name}:fail ${problem instanceof Error ? problem.message : problem}` }
      })
      const { success, fail, complete } = options
      if (!success && !fail && !complete) return done
      done.then((told) => { success?.(told); complete?.(told) }, (told) => { fail?.(told); complete?.(told) })
    }
  }

  // -- the user

  const login = api("login", async () => {
    const { code, error } = await ask("login")
    if (!code) throw error
    return { code }
  })

  const checkSession = api("checkSession", async () => {
    const { valid, error } = await ask("checkSession")
    if (!valid) throw error ?? "session is expired"
    return {}
  })

  const getUserProfile = api("getUserProfile", async ({ desc }) => {
    const type = Object.prototype.toString.call(desc).slice(8, -1)
    if (type !== "String") throw `parameter error: parameter.desc should be String instead of ${type};`
    if (!desc || desc.length > 30) throw "desc length does not meet the requirements"
    const { denied, error, ...told } = await ask("getUserProfile")
    if (denied) throw "auth deny"
    if (error) throw error
    return told
  })

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.('button[open-type="getPhoneNumber"]')
    if (!button) return
    event.preventDefault()
    const { code, encryptedData, iv, denied, error } = await ask("getPhoneNumber")
    const errMsg = `getPhoneNumber:${code ? "ok" : `fail ${denied ? "user deny" : error}`}`
    const detail = code ? { errMsg, code, encryptedData, iv } : { errMsg }
    button.dispatchEvent(new CustomEvent("getphonenumber", { bubbles: true, detail }))
  })

  // -- the network: the page's own, without cookies

  const request = api("request", async ({ url, method = "GET", data, header = {}, dataType = "json", timeout }) => {
    if (!URL.canParse(url, location)) throw "invalid url"
    const address = new URL(url, location), headers = new Headers(header), verb = method.toUpperCase()
    const fields = data && typeof data === "object" ? Object.entries(data) : []
    const options = { method: verb, headers, credentials: "omit" }
    if (timeout) options.signal = AbortSignal.timeout(timeout)
    if (verb === "GET" || verb === "HEAD") {
      for (const [name, value] of fields) address.searchParams.set(name, value)
    } else if (data !== undefined) {
      if (!headers.has("content-type")) headers.set("content-type", "application/json")
      const form = headers.get("content-type").includes("x-www-form-urlencoded")
      options.body = typeof data === "string" ? data : form ? new URLSearchParams(fields) : JSON.stringify(data)
    }
    const answer = await fetch(address, options)
    const text = await answer.text()
    return {
      data: dataType === "json" ? parsed(text) : text,
      statusCode: answer.status,
      header: Object.fromEntries(answer.headers),
    }
  })

  function parsed(text) {
    try {
      return JSON.parse(text)
    } catch {
      return text
    }
  }

  // -- what stays on the phone, apart for each of its users

  const place = (key) => `${appId}|${owner}|${key}`

  function getStorageSync(key) {
    const kept = localStorage.getItem(place(key))
    return kept === null ? "" : JSON.parse(kept)
  }

  const setStorageSync = (key, value) => localStorage.setItem(place(key), JSON.stringify(value ?? null))
  const removeStorageSync = (key) => localStorage.removeItem(place(key))

  let toast
  const showToast = api("showToast", async ({ title = "", duration = 1500 }) => {
    toast?.remove()
    const shown = toast = document.createElement("div")
    shown.setAttribute("role", "status")
    shown.textContent = title
    Object.assign(shown.style, {
      position: "fixed", inset: "40% auto auto 50%", transform: "translateX(-50%)", zIndex: 1000, maxWidth: "70%",
      padding: "12px 20px", borderRadius: "8px", color: "#fff", background: "#232323", textAlign: "center",
    })
    document.body.append(shown)
    setTimeout(() => shown.remove(), duration)
    return {}
  })

  const getAccountInfoSync = () => ({ miniProgram: { appId, envVersion: "develop", version: "" } })

  window.wx = {
    login, checkSession, getUserProfile, request, showToast,
    getStorageSync, setStorageSync, removeStorageSync, getAccountInfoSync,
  }
})()
