// A small shop with a WeChat login: WECHAT_APPID=… WECHAT_SECRET=… npm start

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

/** @typedef {{ appid: string, secret: string, open?: string, api?: string }} Keys open, api: the platform's two hosts */

/** @param {() => Keys} keys asked for at each request */
export function createShop(keys) {
  return createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const { appid, secret, open = 'https://open.weixin.qq.com', api = 'https://api.weixin.qq.com' } = keys()

    /** @type {(status: number, page: string, headers?: Record<string, string>) => void} */
    const answer = (status, page, headers = {}) =>
      void response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', ...headers }).end(page)
    /** @type {(path: string, query: Record<string, string>) => Promise<Record<string, any>>} */
    const ask = async (path, query) => {
      const said = await fetch(`${api}${path}?${new URLSearchParams(query)}`).then((answer) => answer.json())
      if (said.errcode) throw new Error(`${said.errcode} ${said.errmsg}`)
      return said
    }

    if (url.pathname === '/') return answer(200, '<a href="/login">微信登录</a>')
    if (url.pathname === '/login') {
      const state = randomBytes(16).toString('hex')
      const query = new URLSearchParams({
        ...{ appid, redirect_uri: `${url.origin}/callback`, response_type: 'code' },
        ...{ scope: 'snsapi_userinfo', state },
      })
      const cookie = `state=${state}; HttpOnly; SameSite=Lax; Path=/callback`
      return answer(302, '', { Location: `${open}/connect/oauth2/authorize?${query}`, 'Set-Cookie': cookie })
    }
    if (url.pathname !== '/callback') return answer(404, 'There is no such page.')

    const again = '<a href="/login">Try again</a>'
    const begun = /(?:^|; )state=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
    const [code, state] = [url.searchParams.get('code'), url.searchParams.get('state')]
    const gone = { 'Set-Cookie': 'state=; Max-Age=0; Path=/callback' }
    if (!begun || begun !== state) return answer(400, `This login was not begun here. ${again}`, gone)
    if (!code || code === 'authdeny') return answer(400, `You did not agree. ${again}`, gone)
    try {
      const token = await ask('/sns/oauth2/access_token', { appid, secret, code, grant_type: 'authorization_code' })
      const person = await ask('/sns/userinfo', { access_token: token.access_token, openid: token.openid })
      const name = person.nickname.replace(/[&<]/g, (/** @type {string} */ c) => (c === '&' ? '&amp;' : '&lt;'))
      answer(200, `Hello ${name}!`, gone)
    } catch (error) {
      console.warn('login failed:', error)
      answer(400, `That did not work. ${again}`, gone)
    }
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { WECHAT_APPID: appid = '', WECHAT_SECRET: secret = '', WECHAT_OPEN: open, WECHAT_API: api } = process.env
  createShop(() => ({ appid, secret, open, api })).listen(Number(process.env.PORT ?? 8000), '127.0.0.1')
}
