// Ninestep in tests of @playwright/test: copy this file beside yours. It needs nothing but fetch.
//
//   import { test, expect } from './ninestep.mjs'
//   test('login', async ({ page, ninestep }) => { … })
//
// Each test has a world of its own in the town at NINESTEP_URL (the provider; http://127.0.0.1:9000 when left out), with
// NINESTEP_ADMIN_TOKEN where the town wants one. A test that fails attaches its logins to the report. Secrets in all
// that the town tells of a login are masked.

import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { test as base, expect } from '@playwright/test'

export { expect }

const PATIENCE = 40_000 // milliseconds: longer than the longest wait that the API grants
const MOST_FLOWS = 3 // of a test that logged in often, a failure shows the newest
const ALL = 1000 // the most that one call tells, and more than a world keeps
const SHOWN = 20 // in the sentence about a login that was not there

/** @typedef {Record<string, any>} Json */
/** @typedef {{ name: string, ok: boolean, detail?: string }} Told a check as the API tells it */
/** @typedef {{ name: string, passed: boolean, detail: string }} Check */

/** Its trace begins at the line of the test, which is what a report shows. */
class Said extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message)
    const here = fileURLToPath(import.meta.url)
    this.name = new.target === Said ? 'Error' : new.target.name
    this.stack = this.stack?.replace(/^Error/, this.name).split('\n').filter((line) => !line.includes(here)).join('\n')
  }
}

/** The control API would not: what was asked, and the problem it answered with (RFC 9457). */
export class Refused extends Said {
  /**
   * @param {string} call
   * @param {number} status
   * @param {Json} problem
   */
  constructor(call, status, problem) {
    const [wrong = {}] = problem.errors ?? []
    const where = wrong.field ? `\n  field: ${wrong.field}` : ''
    const right = wrong.fix ? `\n  what would be right: ${wrong.fix}` : ''
    super(`${call}: ${status} ${problem.detail ?? ''}${where}${right}`)
    this.status = status
    this.problem = problem
  }
}

/** What a test expected and the town did not see. */
export class NotSeen extends Said {}

/** One world of a town. */
export class Ninestep {
  /** Its name, empty until something needs one. */
  world = ''
  /** Base URL of both halves of a platform: what your app calls instead of open.weixin.qq.com and api.weixin.qq.com. */
  gateway = ''

  /** @type {Promise<string> | undefined} */
  #making

  /**
   * @param {string} [url] of the provider
   * @param {string} [token]
   */
  constructor(url, token) {
    this.url = (url || process.env.NINESTEP_URL || 'http://127.0.0.1:9000').replace(/\/+$/, '')
    this.token = token ?? process.env.NINESTEP_ADMIN_TOKEN ?? ''
    this.clock = new Clock(this)
  }

  /** Where the parts of the town are. Throws when none answers. */
  async open() {
    /** @type {{ parts?: { name: string, url: string }[] }} */
    const health = await this.control('GET', '/health')
    if (!health.parts) throw new Said(`what answers at ${this.url} is no town`)
    this.gateway = health.parts.find((part) => part.name === 'gateway')?.url ?? this.url
    return this
  }

  /**
   * Any call of the control API; its JSON, or its text. Throws Refused.
   * @param {string} method
   * @param {string} path below /_mock/api
   * @param {unknown} [body]
   * @param {Record<string, string | number>} [query] empty ones are left out
   * @returns {Promise<any>}
   */
  async control(method, path, body, query = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== '')
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
    const answer = await fetch(`${this.url}/_mock/api${path}${given.length ? `?${search}` : ''}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    }).catch((error) => {
      throw new Said(`no town answers at ${this.url}: ${error.cause?.code ?? error.message}`)
    })
    const text = await answer.text()
    if (!answer.ok) throw new Refused(`${method} ${path}`, answer.status, problemOf(text))
    return answer.headers.get('Content-Type')?.includes('json') && text ? JSON.parse(text) : text
  }

  /**
   * A new app: an official account of WeChat, or what `dialect` and `kind` say. With an `appid` (and `secret`) of your
   * own, for an app under test that runs already: no two tests can have it at the same time.
   * @param {Json} [fields] as of POST /apps
   */
  async app(fields = {}) {
    const { appid, ...rest } = fields
    const body = { redirect_uris: ['http://127.0.0.1:8000/callback'], ...rest, world: await this.name() }
    /** @type {Json} */
    const data = appid
      ? await this.control('PUT', `/apps/${encodeURIComponent(appid)}`, body)
      : await this.control('POST', '/apps', body)
    return new App(this, data)
  }

  /**
   * A person of this world alone; the town's, 张三 and the others, are in every world.
   * @param {string} uid
   * @param {Json} [profile] nickname, sex …
   * @returns {Promise<Json>}
   */
  async user(uid, profile = {}) {
    return this.control('PUT', `/users/${encodeURIComponent(uid)}`, profile, { world: await this.name() })
  }

  /**
   * For `browser.newContext({ storageState })`: somebody who is logged in at the provider already.
   * @param {string} [user]
   * @returns {Promise<any>}
   */
  async storageState(user = 'zhangsan') {
    return this.control('GET', '/storage-state', undefined, { user, world: await this.name() })
  }

  /**
   * The next login of an app is agreed to, without a page. They queue.
   * @param {App | string} app
   * @param {string} [user]
   */
  async approve(app, user = 'zhangsan') {
    await this.control('POST', `/apps/${idOf(app)}/next`, { user, decision: 'approve' })
  }

  /**
   * The next login of an app is refused.
   * @param {App | string} app
   * @param {string} [user]
   */
  async deny(app, user = 'zhangsan') {
    await this.control('POST', `/apps/${idOf(app)}/next`, { user, decision: 'deny' })
  }

  /**
   * Let an endpoint go wrong for an app: `fault(app, 'token', 'busy')`, or `{ status: 503, times: 2 }` (docs/faults.md).
   * @param {App | string} app
   * @param {string} endpoint
   * @param {string | Json} what
   */
  async fault(app, endpoint, what) {
    const body = typeof what === 'string' ? { error: what } : what
    /** @type {{ id: string }} */
    const { id } = await this.control('POST', `/apps/${idOf(app)}/faults`, { endpoint, ...body })
    return new Fault(this, idOf(app), id)
  }

  /**
   * On a page that your app has sent to the provider: be somebody, and agree (or refuse).
   * @param {import('@playwright/test').Page} page
   * @param {string} [user]
   * @param {{ deny?: boolean, password?: string }} [how]
   */
  async login(page, user = 'zhangsan', { deny = false, password = 'ninestep' } = {}) {
    const byId = (/** @type {string} */ id) => page.locator(`[data-testid="${id}"]`)
    const [picker, form, approve] = [byId(`wx-persona-${user}`), byId('wx-username'), byId('wx-approve')]
    await picker.or(form).or(approve).first().waitFor()
    if (await approve.count()) {
      // logged in already: the consent is asked at once
    } else if (await picker.count()) {
      await Promise.all([page.waitForEvent('framenavigated'), picker.click()])
    } else {
      await form.fill(user)
      await byId('wx-password').fill(password)
      await Promise.all([page.waitForEvent('framenavigated'), byId('wx-submit').click()])
    }
    await page.waitForLoadState()
    if (await approve.count()) await byId(deny ? 'wx-deny' : 'wx-approve').click()
  }

  /**
   * The newest login that got as far as `until`: `ended`, `step=8`, `messages=6`, or '' for any. It is waited for.
   * Throws NotSeen, which says what logins there are.
   * @param {App | string} [app]
   * @param {{ until?: string, wait?: number, state?: string }} [which] wait: seconds
   */
  async flow(app = '', { until = 'ended', wait = 10, state = '' } = {}) {
    const query = { app: app && idOf(app), until, wait, state, limit: 1 }
    const [found] = await this.flows(query)
    if (found) return found
    const there = (await this.flows({ limit: SHOWN })).map((flow) => `  ${flow} [${flow.steps}]`).join('\n') || '  none'
    throw new NotSeen(
      `no flow of world ${this.world || 'not made yet'} got to «${until || 'its start'}» in ${wait} s; there are:\n${there}`,
    )
  }

  /**
   * All logins of this world as they are now, newest first.
   * @param {Record<string, string | number>} [query] as of GET /flows
   * @returns {Promise<Flow[]>}
   */
  async flows(query = {}) {
    if (!this.world) return []
    /** @type {Json[]} */
    const told = await this.control('GET', '/flows', undefined, { limit: ALL, ...query, world: this.world })
    return Promise.all(told.map((data) => Flow.of(this, data)))
  }

  /** The world's name; the first that needs it makes it. @returns {Promise<string>} */
  async name() {
    this.#making ??= this.control('POST', '/worlds', {}).then((made) => (this.world = made.name))
    return this.#making
  }

  /** The end of the world, with everything in it. */
  async close() {
    if (this.world) await this.control('DELETE', `/worlds/${this.world}`)
    this.world = ''
  }

}

/** An app of a test's world. */
export class App {
  /**
   * @param {Ninestep} ninestep
   * @param {Json} data the app as the control API tells it
   */
  constructor(ninestep, data) {
    this.ninestep = ninestep
    this.data = data
    /** @type {string} */
    this.appid = data.appid
    /** @type {string} */
    this.secret = data.secret
  }

  /**
   * A code without a login, for a test that begins at the token endpoint.
   * @param {string} [user]
   * @returns {Promise<string>}
   */
  async code(user = 'zhangsan') {
    return (await this.ninestep.control('POST', `/apps/${this.appid}/codes`, { user })).code
  }

  /** What was armed against it and never met. @returns {Promise<Json[]>} */
  async unfired() {
    return this.ninestep.control('GET', `/apps/${this.appid}/faults`, undefined, { unfired: 1 })
  }
}

/** A fault that a test armed. */
export class Fault {
  /**
   * @param {Ninestep} ninestep
   * @param {string} appid
   * @param {string} id
   */
  constructor(ninestep, appid, id) {
    this.ninestep = ninestep
    this.appid = appid
    this.id = id
  }

  /** How often it fired up to now. @returns {Promise<number>} */
  async hits() {
    /** @type {{ id: string, hits: number }[]} */
    const faults = await this.ninestep.control('GET', `/apps/${this.appid}/faults`)
    return faults.find((fault) => fault.id === this.id)?.hits ?? 0
  }
}

/** The time of one world: all services see a move at their next request. Each move tells the new time in seconds. */
export class Clock {
  /** @param {Ninestep} ninestep */
  constructor(ninestep) {
    this.ninestep = ninestep
  }

  /** @param {string | number} by `2h`, `1h55m` or seconds */
  advance(by) {
    return this.#move({ advance: by })
  }

  /** From now on only `advance` and `set` move it. */
  freeze() {
    return this.#move({ freeze: true })
  }

  /** @param {string | number} to `2030-01-01T00:00:00Z` or seconds since 1970 */
  set(to) {
    return this.#move({ set: to })
  }

  /** The town's own time again. */
  reset() {
    return this.#move({ reset: true })
  }

  /**
   * @param {Json} change
   * @returns {Promise<number>}
   */
  async #move(change) {
    return (await this.ninestep.control('POST', `/worlds/${await this.ninestep.name()}/clock`, change)).now
  }
}

/** One login as the town recorded it, from the click to the profile. */
export class Flow {
  /**
   * @param {Ninestep} ninestep
   * @param {Json} data the flow as the control API tells it
   * @param {Json[]} told all its messages, also those without a number: pages shown, tokens refreshed
   */
  constructor(ninestep, data, told) {
    this.ninestep = ninestep
    this.data = data
    this.told = told
    /** @type {string} */
    this.id = data.id
    /** @type {string} `ok`, `refused` or `failed`; empty while it goes on */
    this.outcome = data.outcome
    /** @type {string} the neutral name of what ended it, or nothing */
    this.error = data.error
    /** The numbered ones. */
    this.messages = told.filter((message) => message.step)
    /** Their numbers; 1 and 9 are your app's own, which the town does not see. @type {number[]} */
    this.steps = this.messages.map((message) => message.step)
  }

  /**
   * @param {Ninestep} ninestep
   * @param {Json} data
   */
  static async of(ninestep, data) {
    const told = await ninestep.control('GET', `/flows/${data.id}/messages`, undefined, { helpers: 1 })
    return new Flow(ninestep, data, told)
  }

  /**
   * The last message of a step. Throws NotSeen.
   * @param {number} step
   */
  message(step) {
    const found = this.messages.filter((message) => message.step === step).at(-1)
    if (!found) throw new NotSeen(`${this} has no message ${step}; it has [${this.steps}]`)
    return found
  }

  /**
   * A check that some service made, by its name or a part of it; the one that failed, where one did. Throws NotSeen.
   * @param {string} name
   * @returns {Check}
   */
  check(name) {
    /** @type {Told[]} */
    const checks = this.told.flatMap((message) => message.checks)
    const wanted = name.toLowerCase()
    const exact = checks.filter((check) => check.name.toLowerCase() === wanted)
    const found = exact.length ? exact : checks.filter((check) => check.name.toLowerCase().includes(wanted))
    const told = found.find((check) => !check.ok) ?? found.at(-1)
    if (!told) {
      const names = [...new Set(checks.map((check) => check.name))].join(', ') || 'none'
      throw new NotSeen(`«${name}» was not checked in ${this}; checks there: ${names}`)
    }
    return { name: told.name, passed: told.ok, detail: told.detail ?? '' }
  }

  /** Who knows which secret (docs/doctor.md). */
  async ledger() {
    return new Ledger(await this.ninestep.control('GET', `/flows/${this.id}/ledger`), String(this))
  }

  /** What the doctor says, the worst first. @returns {Promise<Json[]>} */
  findings() {
    return this.ninestep.control('GET', `/flows/${this.id}/findings`)
  }

  /** A sequence diagram. @returns {Promise<string>} */
  mermaid() {
    return this.ninestep.control('GET', `/flows/${this.id}/export.mmd`, undefined, { lang: 'en' })
  }

  /** HAR 1.2 of front and back channel. @returns {Promise<Json>} */
  async har() {
    const told = await this.ninestep.control('GET', `/flows/${this.id}/export.har`)
    return typeof told === 'string' ? JSON.parse(told) : told
  }

  /** Its messages, one a line, each with the checks that failed. */
  lines() {
    return this.told.flatMap((message) => {
      const number = message.step ? '①②③④⑤⑥⑦⑧⑨'[message.step - 1] : '·'
      const way = `${message.from} → ${message.to}, ${message.channel} channel`
      const end = `${message.outcome}${message.error ? ` ${message.error}` : ''}`
      const failed = message.checks.filter((/** @type {Told} */ check) => !check.ok)
      return [
        `${number} ${message.name}: ${way}, ${end}`,
        ...failed.map((/** @type {Told} */ check) => `    ✗ ${check.name}${check.detail ? ` (${check.detail})` : ''}`),
      ]
    })
  }

  toString() {
    return `flow ${this.id} of ${this.data.app || 'no app'} (${[this.outcome || 'open', this.error].filter(Boolean).join(' ')})`
  }
}

/** Who knows which secret. */
export class Ledger {
  /**
   * @param {Json} data the ledger as the control API tells it
   * @param {string} flow
   */
  constructor(data, flow) {
    this.data = data
    this.flow = flow
  }

  /**
   * True when no value of this kind ever came to this place. Throws NotSeen, which says when it did.
   * @param {'browser' | 'client_app' | 'provider' | 'resource_api' | 'history' | 'referer' | 'access_log' | 'local_storage'} place
   * @param {'password' | 'provider_session' | 'state' | 'code' | 'client_secret' | 'code_verifier' | 'access_token'
   *   | 'refresh_token' | 'openid' | 'unionid' | 'session_key' | 'client_session' | 'login_token'
   *   | 'resource_server_secret'} kind
   */
  never(place, kind) {
    for (const row of this.data.rows) {
      const cell = row.kind === kind ? row.cells[place] : undefined
      if (cell?.learned)
        throw new NotSeen(`${place} learnt ${kind} ${row.masked} from message ${cell.learned} of ${this.flow}`)
    }
    return true
  }
}

/** @type {typeof base.extend<{ ninestep: Ninestep }>} */
const extend = base.extend

/** Playwright's `test`, with a fresh world as `ninestep`. */
export const test = extend({
  ninestep: async ({}, use, testInfo) => {
    const ninestep = await new Ninestep().open()
    try {
      await use(ninestep)
      if (testInfo.status !== testInfo.expectedStatus) await explain(ninestep, testInfo)
    } finally {
      await ninestep.close().catch(() => {}) // a town that went before takes its worlds along
    }
  },
})

/**
 * What a failed test shows: each login as messages, as a picture and as HAR. A town that is gone does not hide the test's
 * own failure.
 * @param {Ninestep} ninestep
 * @param {import('@playwright/test').TestInfo} testInfo
 */
async function explain(ninestep, testInfo) {
  /** Text is told where the failure is told; and both are files, for who keeps the folder. */
  const attach = async (/** @type {string} */ name, /** @type {string} */ body) => {
    const path = testInfo.outputPath(name)
    await writeFile(path, body)
    if (name.endsWith('.har')) await testInfo.attach(name, { path, contentType: 'application/json' })
    else await testInfo.attach(name, { body, contentType: 'text/plain' })
  }
  try {
    const flows = await ninestep.flows({ limit: MOST_FLOWS })
    if (!flows.length) await attach('ninestep.txt', `No login in this test's world: no browser came to ${ninestep.url}.`)
    for (const [index, flow] of flows.entries()) {
      const name = `ninestep-${index + 1}`
      await attach(`${name}.txt`, [String(flow), ...flow.lines()].join('\n'))
      await attach(`${name}.mmd`, await flow.mermaid())
      await attach(`${name}.har`, JSON.stringify(await flow.har(), null, 1))
    }
  } catch (error) {
    await attach('ninestep.txt', `The logins cannot be shown: ${error}`)
  }
}

/** @param {App | string} app */
function idOf(app) {
  return typeof app === 'string' ? app : app.appid
}

/** @param {string} text @returns {Json} */
function problemOf(text) {
  try {
    return JSON.parse(text)
  } catch {
    return { detail: text.slice(0, 200) } // something else answers there
  }
}
