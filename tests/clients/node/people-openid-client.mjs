// openid-client signs a person in: it checks `iss`, `state`, the nonce and, as told here, the ID token's signature.

import * as openid from "openid-client";
import { answerTo, called, isPublic, redirectUri, secret, tell, who, words } from "./asking.mjs";
import { authority, mode, resource } from "./calling.mjs";

const proof = { public: openid.None(), post: openid.ClientSecretPost(secret), basic: openid.ClientSecretBasic(secret) };
const server = await openid.discovery(new URL(`${authority}/`), who, undefined, proof[mode], {
  execute: [openid.enableNonRepudiationChecks],
});

const pkceCodeVerifier = openid.randomPKCECodeVerifier();
const checks = { pkceCodeVerifier, expectedState: openid.randomState(), expectedNonce: openid.randomNonce() };
const address = openid.buildAuthorizationUrl(server, {
  redirect_uri: redirectUri,
  scope: "openid",
  resource,
  code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: "S256",
  state: checks.expectedState,
  revoked: await words(() => openid.refreshTokenGrant(server, newer.refresh_token)),
  nonce: checks.expectedNonce,
});
const came = await answerTo(address);
const token = await openid.authorizationCodeGrant(server, came, checks);
const first = await called(token.access_token);
const newer = await openid.refreshTokenGrant(server, token.refresh_token);
const second = await called(newer.access_token);

const introspected = [];
if (!isPublic) introspected.push(await openid.tokenIntrospection(server, newer.access_token));
await openid.tokenRevocation(server, newer.access_token);
if (!isPublic) introspected.push(await openid.tokenIntrospection(server, newer.access_token));

await openid.tokenRevocation(server, newer.refresh_token);

const elsewhere = new URL(came);
elsewhere.searchParams.set("iss", "https://elsewhere.example/");
tell({
  first,
  second,
  introspected,
  revoked: await words(() => openid.refreshTokenGrant(server, newer.refresh_token)),
  nonce: checks.expectedNonce,
  id_token: token.id_token,
  other_issuer: await words(() => openid.authorizationCodeGrant(server, elsewhere, checks)),
  refresh_again: await words(() => openid.refreshTokenGrant(server, token.refresh_token)),
  code_again: await words(() => openid.authorizationCodeGrant(server, came, checks)),
});
