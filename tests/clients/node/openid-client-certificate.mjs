// openid-client with a key: `private_key_jwt` of OpenID Connect, for the issuer.

import { createPrivateKey, webcrypto } from "node:crypto";
import * as openid from "openid-client";
import { authority, call, clientId, resource } from "./calling.mjs";
import { privateKey } from "./certificate.mjs";

const der = createPrivateKey(privateKey).export({ format: "der", type: "pkcs8" });
const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const key = await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
const server = await openid.discovery(new URL(`${authority}/`), clientId, undefined, openid.PrivateKeyJwt(key));
await call((await openid.clientCredentialsGrant(server, { resource })).access_token);
