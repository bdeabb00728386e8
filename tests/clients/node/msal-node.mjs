// @azure/msal-node: the host is known, so it is not looked up elsewhere; `OIDC` reads the plain discovery document.

import { ConfidentialClientApplication } from "@azure/msal-node";
import { authority, call, clientId, clientSecret, mode, origin, resource } from "./calling.mjs";

const application = new ConfidentialClientApplication({
  auth: { clientId, clientSecret, authority, knownAuthorities: [new URL(origin).host] },
  system: mode === "OIDC" ? { protocolMode: "OIDC" } : {},
});
const answer = await application.acquireTokenByClientCredential({ scopes: [`${resource}/.default`] });
await call(answer.accessToken);
