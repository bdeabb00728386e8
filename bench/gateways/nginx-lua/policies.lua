-- Key, rate limit, quota, token and tier, in this order; and what is kept of a call.
local cjson = require("cjson.safe")
local token = require("token")

local counters, usage = ngx.shared.counters, ngx.shared.usage
local floor = math.floor

local M = {}
local callers, test_only, answer, rate_seconds, quota_seconds = {}, {}, nil, nil, nil

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

local function add(caller)
  callers[caller.key] = {
    name = caller.name, rate = caller.rate, quota = caller.quota, quota_key = "quota:" .. caller.name,
  }
end

function M.load(directory, seconds, week)
  local work = assert(cjson.decode(read(directory .. "/work.json")))
  for _, caller in ipairs(work.callers) do
    add(caller)
  end
  add(work.limited)
  add(work.scant)
  add(work.test_only)
  test_only[work.test_only.application] = true
  answer, rate_seconds, quota_seconds = read(directory .. "/answer.json"), seconds, week
  token.load(work.public_pem, work.issuer, work.audience)
end

-- A sliding window by two counters: this window's, and what of the last one still counts.
local function over_rate(caller, now)
  local window = floor(now / rate_seconds)
  local current = counters:incr(caller.name .. window, 1, 0, 2 * rate_seconds)
  local previous = counters:get(caller.name .. (window - 1)) or 0
  return current + previous * (1 - now / rate_seconds + window) > caller.rate
end

function M.admit(production)
  local caller = callers[ngx.var.http_ocp_apim_subscription_key]
  if not caller then
    return ngx.exit(401)
  end
  ngx.ctx.subscription = caller.name
  local now = ngx.now()
  if over_rate(caller, now) then
    return ngx.exit(429)
  end
  if counters:incr(caller.quota_key, 1, 0, quota_seconds) > caller.quota then
    return ngx.exit(403)
  end
  local claims = token.claims(ngx.var.http_authorization)
  if not claims or claims.exp <= now or claims.nbf > now then
    return ngx.exit(401)
  end
  if production and test_only[claims.appid] then
    return ngx.exit(403)
  end
end

function M.answer()
  ngx.header["Content-Length"] = #answer
  ngx.print(answer)
end

function M.record()
  local row = (ngx.ctx.subscription or "") .. ngx.var.uri .. floor(ngx.status / 100)
  usage:incr(row, 1, 0)
  usage:incr(row .. "bytes", tonumber(ngx.var.body_bytes_sent), 0)
end

return M
