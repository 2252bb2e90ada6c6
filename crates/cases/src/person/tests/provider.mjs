// An identity provider for tests: oidc-provider on HTTPS. Who signs in stands in `login_hint`: subject:number+acr.
// provider.mjs MODULES ISSUER CERTIFICATE KEY CLIENT SECRET RETURN LOGOUT
import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'

const [modules, issuer, certificate, key, client, secret, back, logout] = process.argv.slice(2)
const { Provider } = await import(`${modules}/oidc-provider/lib/index.js`)

const numbers = new Map()
// The session that each person had last.
const sessions = new Map()
const provider = new Provider(issuer, {
  clients: [{
    client_id: client,
    client_secret: secret,
    redirect_uris: [back],
    backchannel_logout_uri: logout,
    backchannel_logout_session_required: true,
    require_auth_time: true,
  }],
  acrValues: ['muc-1', 'muc-2', 'muc-3'],
  scopes: ['openid', 'cong-dan'],
  claims: { openid: ['sub'], 'cong-dan': ['so_dinh_danh', 'ho_ten'] },
  features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
  // It calls nobody on its own machine otherwise.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  pkce: { required: () => true },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, so_dinh_danh: numbers.get(id), ho_ten: `Người ${id}` }),
  }),
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    })
    grant.addOIDCScope('openid cong-dan')
    await grant.save()
    return grant
  },
})
provider.use(async (ctx, next) => {
  if (ctx.path === '/play/logout') {
    const found = await provider.Client.find(client)
    try {
      await found.backchannelLogout(ctx.query.sub, sessions.get(ctx.query.sub))
      ctx.body = 'told'
    } catch (error) {
      ctx.body = error.message
    }
    return
  }
  if (ctx.path === '/token') {
    await next()
    const token = ctx.body?.id_token
    if (token) {
      const { sub, sid } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'))
      sessions.set(sub, sid)
    }
    return
  }
  if (!ctx.path.startsWith('/interaction/')) return next()
  const { params } = await provider.interactionDetails(ctx.req, ctx.res)
  const [who, acr] = params.login_hint.split('+')
  const [accountId, number] = who.split(':')
  numbers.set(accountId, number)
  await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId, acr } })
})

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, provider.callback())
server.listen(Number(new URL(issuer).port), '127.0.0.1', () => console.log('ready'))
