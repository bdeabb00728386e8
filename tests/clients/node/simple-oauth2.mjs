// simple-oauth2: HTTP Basic with an encoded secret by default, or the secret in the body.

import { ClientCredentials } from "simple-oauth2";
import { call, clientId, clientSecret, mode, origin, resource } from "./calling.mjs";

const client = new ClientCredentials({
  client: { id: clientId, secret: clientSecret },
  auth: { tokenHost: origin, tokenPath: "/oauth2/v1/token" },
  options: { authorizationMethod: mode },
});
await call((await client.getToken({ resource })).token.access_token);
