'use strict'
// Key, rate limit, quota, token and tier as one middleware in front of fast-gateway.

const { readFileSync } = require('node:fs')
const gateway = require('fast-gateway')
const { createVerifier } = require('fast-jwt')

const settings = JSON.parse(readFileSync(process.argv[2]))
const { work } = settings
const answer = Buffer.from(settings.answer)
const answerLength = String(answer.length)

const windowMillis = settings.rate_seconds * 1000
const callers = new Map(
  [...work.callers, work.limited, work.scant, work.test_only].map(({ key, name, rate, quota }) => [
    key, { name, rate, quota, called: 0, window: 0, current: 0, previous: 0 }
  ])
)
const testOnly = new Set([work.test_only.application])
const usage = new Map()
const verify = createVerifier({
  key: work.public_pem,
  algorithms: ['RS256'],
  allowedIss: work.issuer,
  allowedAud: work.audience,
  requiredClaims: ['exp'],
  cache: 1000,
  cacheKeyBuilder: token => token
})

// A sliding window by two counters: this window's, and what of the last one still counts.
function overRate (caller, now) {
  const window = Math.floor(now / windowMillis)
  if (window !== caller.window) {
    caller.previous = window === caller.window + 1 ? caller.current : 0
    caller.window = window
    caller.current = 0
  }
  caller.current += 1
  return caller.current + caller.previous * (1 - now / windowMillis + window) > caller.rate
}

function claimsOf (authorization) {
  if (authorization === undefined || !authorization.startsWith('Bearer ')) return undefined
  try {
    return verify(authorization.slice(7))
  } catch {
    return undefined
  }
}

// 0 when the call may pass.
function refusal (req, caller) {
  if (caller === undefined) return 401
  if (overRate(caller, Date.now())) return 429
  if (++caller.called > caller.quota) return 403
  const claims = claimsOf(req.headers.authorization)
  if (claims === undefined) return 401
  return !req.url.startsWith('/test/') && testOnly.has(claims.appid) ? 403 : 0
}

function admit (req, res, next) {
  const caller = callers.get(req.headers['ocp-apim-subscription-key'])
  const path = req.url
  res.on('finish', () => {
    const row = `${caller === undefined ? '' : caller.name}${path}${Math.floor(res.statusCode / 100)}`
    usage.set(row, (usage.get(row) || 0) + 1)
  })
  const status = refusal(req, caller)
  if (status === 0) return next()
  res.statusCode = status
  res.end()
}

function answerIt (req, res) {
  res.setHeader('content-type', 'application/json')
  res.setHeader('content-length', answerLength)
  res.end(answer)
}

const server = gateway({
  middlewares: [admit],
  routes: ['/test/Origin', '/Origin'].map(prefix => ({ prefix, target: settings.origin, methods: ['GET'] }))
})
server.get('/test/Answers/v1/Answer', answerIt)
server.get('/Answers/v1/Answer', answerIt)
server.start(settings.port, '127.0.0.1')
