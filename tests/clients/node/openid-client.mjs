// openid-client: the issuer of the discovery document is the address that was given.

import * as openid from "openid-client";
import { authority, call, clientId, clientSecret, mode, resource } from "./calling.mjs";

const proof = mode === "basic" ? openid.ClientSecretBasic(clientSecret) : openid.ClientSecretPost(clientSecret);
const server = await openid.discovery(new URL(`${authority}/`), clientId, undefined, proof);
await call((await openid.clientCredentialsGrant(server, { resource })).access_token);
