// @azure/identity with a certificate.

import { ClientCertificateCredential } from "@azure/identity";
import { call, clientId, origin, resource, tenant } from "./calling.mjs";
import { file } from "./certificate.mjs";

const credential = new ClientCertificateCredential(tenant, clientId, file, {
  authorityHost: origin,
  disableInstanceDiscovery: true,
});
await call((await credential.getToken(`${resource}/.default`)).token);
