-- RS256 tokens (RFC 7515), checked by libcrypto, which nginx has loaded anyway; good ones are remembered.
local ffi = require("ffi")
local base64 = require("ngx.base64")
local cjson = require("cjson.safe")
local lrucache = require("resty.lrucache")

ffi.cdef([[
typedef struct bio_st BIO;
typedef struct evp_pkey_st EVP_PKEY;
typedef struct evp_md_st EVP_MD;
typedef struct evp_md_ctx_st EVP_MD_CTX;
BIO *BIO_new_mem_buf(const void *buf, int len);
int BIO_free(BIO *a);
EVP_PKEY *PEM_read_bio_PUBKEY(BIO *bp, EVP_PKEY **x, void *cb, void *u);
const EVP_MD *EVP_sha256(void);
EVP_MD_CTX *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(EVP_MD_CTX *ctx);
int EVP_DigestVerifyInit(EVP_MD_CTX *ctx, void **pctx, const EVP_MD *type, void *engine, EVP_PKEY *pkey);
int EVP_DigestVerify(EVP_MD_CTX *ctx, const char *signature, size_t length, const char *signed_, size_t size);
]])
local C = ffi.C

local M = {}
local remembered = lrucache.new(1000)
local public_key, issuer, audience

function M.load(pem, iss, aud)
  local bio = C.BIO_new_mem_buf(pem, #pem)
  public_key = C.PEM_read_bio_PUBKEY(bio, nil, nil, nil)
  C.BIO_free(bio)
  assert(public_key ~= nil, "the public key cannot be read")
  issuer, audience = iss, aud
end

local function verified(signed, signature)
  local context = ffi.gc(C.EVP_MD_CTX_new(), C.EVP_MD_CTX_free)
  return C.EVP_DigestVerifyInit(context, nil, C.EVP_sha256(), nil, public_key) == 1
    and C.EVP_DigestVerify(context, signature, #signature, signed, #signed) == 1
end

local function decoded(part)
  local text = base64.decode_base64url(part)
  return text and cjson.decode(text)
end

-- The claims of a good `Authorization`, its times left aside; nil when it is not good.
function M.claims(authorization)
  if not authorization then
    return nil
  end
  local claims = remembered:get(authorization)
  if claims then
    return claims
  end
  local head, payload, signature = authorization:match("^Bearer ([%w_-]+)%.([%w_-]+)%.([%w_-]+)$")
  if not head then
    return nil
  end
  local header, raw = decoded(head), base64.decode_base64url(signature)
  if not header or header.alg ~= "RS256" or not raw or not verified(head .. "." .. payload, raw) then
    return nil
  end
  claims = decoded(payload)
  if not claims or claims.iss ~= issuer or claims.aud ~= audience then
    return nil
  end
  remembered:set(authorization, claims)
  return claims
end

return M
