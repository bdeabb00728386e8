// @azure/identity: the authority is a host, which is not looked up elsewhere.

import { ClientSecretCredential } from "@azure/identity";
import { call, clientId, clientSecret, origin, resource, tenant } from "./calling.mjs";

const credential = new ClientSecretCredential(tenant, clientId, clientSecret, {
  authorityHost: origin,
  disableInstanceDiscovery: true,
});
await call((await credential.getToken(`${resource}/.default`)).token);
