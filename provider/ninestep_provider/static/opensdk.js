// `WXApi`, the mobile Open SDK's words, for an App's page on this town's phone: <script src="…/opensdk.js"></script>, not
// a module. What real native code calls WeChat's own app for, this asks of the phone around the frame.
(() => {
  const phone = new URL(document.currentScript.src).origin
  const waiting = new Map()
  const UNSUPPORTED = -5
  let registered = ""

  addEventListener("message", ({ data, source, origin }) => {
    if (source !== window.parent || origin !== phone || data?.ninestep !== "answer") return
    waiting.get(data.id)?.(data.value)
    waiting.delete(data.id)
  })

  function ask(call, told) {
    if (window.parent === window) return Promise.resolve({ error: "not on the phone" })
    return new Promise((resolve) => {
      const id = crypto.getRandomValues(new Uint32Array(2)).join("-")
      waiting.set(id, resolve)
      window.parent.postMessage({ ninestep: "call", id, call, told }, phone)
    })
  }

  const failed = (errCode, state) => ({ errCode, code: "", state, lang: "", country: "", url: "" })

  window.WXApi = {
    registerApp(appid) {
      registered = String(appid)
      return true
    },

    // SendAuth.Resp: errCode 0 with a code, -4 denied, -2 closed without an answer, -1 refused by WeChat
    async sendReq({ type, scope, state = "" }) {
      if (type !== "SendAuth") return failed(UNSUPPORTED, state)
      const resp = await ask("sendAuth", { appid: registered, scope: String(scope), state: String(state) })
      return resp.error ? failed(-1, state) : resp
    },

    // The network as native code has it: no page of a browser could call the platform. {statusCode, data}
    async request({ url }) {
      const { error, statusCode, data } = await ask("request", { url: String(url) })
      if (error) throw new Error(error)
      try {
        return { statusCode, data: JSON.parse(data) }
      } catch {
        return { statusCode, data }
      }
    },
  }
})()
