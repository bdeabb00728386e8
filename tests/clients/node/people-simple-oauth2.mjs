// simple-oauth2 signs a person in. It is for confidential clients, and leaves PKCE to the program.

import { createHash, randomBytes } from "node:crypto";
import { AuthorizationCode } from "simple-oauth2";
import { answerTo, called, redirectUri, secret, tell, who, words } from "./asking.mjs";
import { mode, origin, resource } from "./calling.mjs";

const client = new AuthorizationCode({
  client: { id: who, secret },
  auth: {
    tokenHost: origin,
    tokenPath: "/oauth2/v1/token",
    authorizePath: "/oauth2/v1/authorize",
    revokePath: "/oauth2/v1/revoke",
  },
  options: { authorizationMethod: mode },
});
const state = randomBytes(16).toString("base64url");
const verifier = randomBytes(48).toString("base64url");
const address = client.authorizeURL({
  redirect_uri: redirectUri,
  resource,
  state,
  code_challenge: createHash("sha256").update(verifier).digest("base64url"),
  code_challenge_method: "S256",
});
const came = (await answerTo(address)).searchParams;
if (came.get("state") !== state) throw new Error("this answers another request");

const redeemed = () =>
  client.getToken({ code: came.get("code"), redirect_uri: redirectUri, code_verifier: verifier });
const token = await redeemed();
const first = await called(token.token.access_token);
const newer = await token.refresh();
const second = await called(newer.token.access_token);
await newer.revoke("refresh_token");
tell({
  first,
  second,
  revoked: await words(() => newer.refresh()),
  expired: newer.expired(),
  id_token: token.token.id_token,
  refresh_again: await words(() => token.refresh()),
  code_again: await words(redeemed),
});
