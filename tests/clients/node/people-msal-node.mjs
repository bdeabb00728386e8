// @azure/msal-node signs a person in to a confidential or a public client, and keeps the tokens.

import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from "@azure/msal-node";
import { answerTo, called, isPublic, redirectUri, secret, tell, who, words } from "./asking.mjs";
import { authority, origin, resource } from "./calling.mjs";

const auth = { clientId: who, authority, knownAuthorities: [new URL(origin).host] };
const system = process.argv[3] === "OIDC" ? { protocolMode: "OIDC" } : {};
const application = isPublic
  ? new PublicClientApplication({ auth, system })
  : new ConfidentialClientApplication({ auth: { ...auth, clientSecret: secret }, system });

const scopes = [`${resource}/.default`];
const crypto = new CryptoProvider();
const { verifier, challenge } = await crypto.generatePkceCodes();
const state = crypto.createNewGuid();
const nonce = crypto.createNewGuid();
const address = await application.getAuthCodeUrl({
  scopes,
  redirectUri,
  state,
  nonce,
  codeChallenge: challenge,
  codeChallengeMethod: "S256",
});
const came = Object.fromEntries((await answerTo(address)).searchParams);

const redeemed = () =>
  application.acquireTokenByCode(
    { code: came.code, scopes, redirectUri, codeVerifier: verifier, state, nonce },
    came,
  );
const token = await redeemed();
const first = await called(token.accessToken);
const refreshToken = Object.values(JSON.parse(application.getTokenCache().serialize()).RefreshToken)[0].secret;
const [account] = await application.getTokenCache().getAllAccounts();
const kept = await application.acquireTokenSilent({ account, scopes });
const newer = await application.acquireTokenSilent({ account, scopes, forceRefresh: true });
const second = await called(newer.accessToken);
tell({
  first,
  second,
  nonce,
  kept: kept.accessToken,
  account: { home_account_id: account.homeAccountId, username: account.username },
  id_token: token.idToken,
  refresh_again: await words(() => application.acquireTokenByRefreshToken({ refreshToken, scopes })),
  code_again: await words(redeemed),
});
