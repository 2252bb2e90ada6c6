// An identity provider for tests: oidc-provider on HTTPS. Who signs in stands in `login_hint`; behind a `+`, how strongly.
// provider.mjs MODULES ISSUER CERTIFICATE KEY CLIENT SECRET RETURN
import { createServer } from 'node:https'
import { readFileSync } from 'node:fs'

const [modules, issuer, certificate, key, client, secret, back] = process.argv.slice(2)
const { Provider } = await import(`${modules}/oidc-provider/lib/index.js`)

const provider = new Provider(issuer, {
  clients: [{ client_id: client, client_secret: secret, redirect_uris: [back] }],
  acrValues: ['two-factors'],
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    })
    grant.addOIDCScope('openid')
    await grant.save()
    return grant
  },
})
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next()
  const { params } = await provider.interactionDetails(ctx.req, ctx.res)
  if (params.login_hint === 'nobody') {
    return provider.interactionFinished(ctx.req, ctx.res, { error: 'access_denied' })
  }
  const [accountId, acr] = params.login_hint.split('+')
  await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId, acr } })
})

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, provider.callback())
server.listen(Number(new URL(issuer).port), '127.0.0.1', () => console.log('ready'))
