// adal-node: the authority has one path segment, the company's, and is not looked up elsewhere.

import adal from "adal-node";
import { authority, call, clientId, clientSecret, resource } from "./calling.mjs";

const context = new adal.AuthenticationContext(authority, false);
context.acquireTokenWithClientCredentials(resource, clientId, clientSecret, (failure, answer) => {
  if (failure) {
    throw failure;
  }
  return call(answer.accessToken);
});
