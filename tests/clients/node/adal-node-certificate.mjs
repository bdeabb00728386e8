// adal-node with a certificate.

import adal from "adal-node";
import { authority, call, clientId, resource } from "./calling.mjs";
import { privateKey, thumbprint } from "./certificate.mjs";

const context = new adal.AuthenticationContext(authority, false);
context.acquireTokenWithClientCertificate(resource, clientId, privateKey, thumbprint, (failure, answer) => {
  if (failure) {
    throw failure;
  }
  return call(answer.accessToken);
});
