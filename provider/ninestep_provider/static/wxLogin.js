// WxLogin(options): puts the QR page into a frame on a site's own page. Ninestep's own script; it offers the interface
// that the platform documents: id, appid, scope, redirect_uri, state, self_redirect, style, href, lang, stylelite,
// fast_login, color_scheme, onReady(ready), onQRcodeReady().
;(function () {
  "use strict"

  var source = document.currentScript ? new URL(document.currentScript.src) : window.location
  // under the platform's own names the script and the page come from two hosts
  var provider = source.hostname === "res.wx.qq.com" ? "https://open.weixin.qq.com" : source.origin

  function address(options) {
    var redirects = options.self_redirect === true ? "true" : options.self_redirect === false ? "false" : "default"
    // passed on as they are: the caller encodes redirect_uri, and a missing state is the text «undefined»
    var query =
      "appid=" + options.appid +
      "&scope=" + options.scope +
      "&redirect_uri=" + options.redirect_uri +
      "&state=" + options.state +
      "&login_type=jssdk&self_redirect=" + redirects +
      "&styletype=" + (options.styletype || "") +
      "&sizetype=" + (options.sizetype || "") +
      "&bgcolor=" + (options.bgcolor || "") +
      "&rst=" + (options.rst || "")
    if (options.style) query += "&style=" + options.style
    if (options.href) query += "&href=" + options.href
    if (options.lang === "en") query += "&lang=en"
    if (options.stylelite === 1) query += "&stylelite=1"
    if (options.fast_login === 0) query += "&fast_login=0"
    if (options.color_scheme) query += "&color_scheme=" + options.color_scheme
    return provider + "/connect/qrconnect?" + query
  }

  function WxLogin(options) {
    var frame = document.createElement("iframe")
    frame.src = address(options)
    frame.title = "微信登录"
    frame.setAttribute("frameborder", "0")
    frame.setAttribute("allowtransparency", "true")
    frame.setAttribute("scrolling", "no")
    frame.setAttribute("width", "300")
    frame.setAttribute("height", "400")

    window.addEventListener("message", function (event) {
      if (event.source !== frame.contentWindow || event.origin !== provider || !event.data) return
      var told = event.data.wxLogin
      if (told === "ready" && options.onReady) options.onReady(true)
      if (told === "qrcode" && options.onQRcodeReady) options.onQRcodeReady()
      if (told === "leave") window.top.location.href = event.data.address
    })

    var place = document.getElementById(options.id)
    place.innerHTML = ""
    place.appendChild(frame)
  }

  window.WxLogin = WxLogin
})()
