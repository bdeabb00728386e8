// @azure/msal-node with a certificate.

import { ConfidentialClientApplication } from "@azure/msal-node";
import { authority, call, clientId, origin, resource } from "./calling.mjs";
import { privateKey, thumbprintSha256 } from "./certificate.mjs";

const application = new ConfidentialClientApplication({
  auth: {
    clientId,
    clientCertificate: { thumbprintSha256, privateKey },
    authority,
    knownAuthorities: [new URL(origin).host],
  },
});
const answer = await application.acquireTokenByClientCredential({ scopes: [`${resource}/.default`] });
await call(answer.accessToken);
