// What a customer of the shop meets at the login.

import { test as base, expect } from './ninestep.mjs'
import { createShop } from './shop.mjs'

/** @typedef {{ url: string, app: import('./ninestep.mjs').App }} Shop */

/** @type {typeof base.extend<{ shop: Shop }>} */
const extend = base.extend

const test = extend({
  // The shop, configured for this test's world; each test has one of its own.
  shop: async ({ ninestep }, use) => {
    const keys = { appid: '', secret: '', open: ninestep.gateway, api: ninestep.gateway }
    const server = createShop(() => keys)
    await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(true)))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const app = await ninestep.app({ redirect_uris: [`${url}/callback`] })
    Object.assign(keys, { appid: app.appid, secret: app.secret })
    await use({ url, app })
    server.closeAllConnections()
    server.close()
  },
})

test('a customer is greeted by name', async ({ page, ninestep, shop }) => {
  await page.goto(shop.url)
  await page.getByText('微信登录').click()
  await ninestep.login(page, 'lisi')

  await expect(page.getByText('Hello 李四🌸!')).toBeVisible()
  const flow = await ninestep.flow(shop.app)
  expect(flow.steps).toEqual([2, 3, 4, 5, 6, 7, 8])
  expect(flow.check('client secret').passed).toBe(true)
})

test('nobody has to click', async ({ page, ninestep, shop }) => {
  await ninestep.user('wang', { nickname: '小王' })
  await ninestep.approve(shop.app, 'wang')

  await page.goto(`${shop.url}/login`)

  await expect(page.getByText('Hello 小王!')).toBeVisible()
})

test('no token comes near the browser', async ({ page, ninestep, shop }) => {
  await ninestep.approve(shop.app)
  await page.goto(`${shop.url}/login`)

  const ledger = await (await ninestep.flow(shop.app)).ledger()
  expect(ledger.never('browser', 'access_token')).toBe(true)
  expect(ledger.never('browser', 'client_secret')).toBe(true)
})

test('a customer who does not agree may try again', async ({ page, ninestep, shop }) => {
  await page.goto(`${shop.url}/login`)
  await ninestep.login(page, 'lisi', { deny: true })
  await expect(page.getByText('You did not agree.')).toBeVisible()

  await page.getByText('Try again').click()
  await ninestep.login(page, 'lisi')
  await expect(page.getByText('Hello 李四🌸!')).toBeVisible()
})

test('a platform that is busy is no crash', async ({ page, ninestep, shop }) => {
  const busy = await ninestep.fault(shop.app, 'token', 'busy')
  await ninestep.approve(shop.app)

  await page.goto(`${shop.url}/login`)

  await expect(page.getByText('That did not work.')).toBeVisible()
  expect(await busy.hits()).toBe(1)
  expect(await shop.app.unfired()).toEqual([])
})

test('a code that lay about for too long is refused', async ({ ninestep, shop }) => {
  const code = await shop.app.code()
  await ninestep.clock.advance('11m')

  const { appid, secret } = shop.app
  const query = new URLSearchParams({ appid, secret, code, grant_type: 'authorization_code' })
  const said = await fetch(`${ninestep.gateway}/sns/oauth2/access_token?${query}`).then((answer) => answer.json())

  expect(said.errcode).toBe(40029)
  expect((await ninestep.flow(shop.app, { until: '' })).error).toBe('code_expired')
})

test('a customer who is logged in at WeChat only agrees', async ({ browser, ninestep, shop }) => {
  const context = await browser.newContext({ storageState: await ninestep.storageState('zhangsan') })
  const page = await context.newPage()

  await page.goto(`${shop.url}/login`)
  await page.getByTestId('wx-approve').click()

  await expect(page.getByText('Hello 张三!')).toBeVisible()
  await context.close()
})

test('a shop that runs already keeps its keys', async ({ ninestep }) => {
  const keys = { appid: 'wx5109000000000002', secret: 'of-the-tests-alone' }

  const app = await ninestep.app(keys)

  expect({ appid: app.appid, secret: app.secret }).toEqual(keys)
  expect(app.data.world).toBe(ninestep.world)
})
