// openapi-fetch with the types that openapi-typescript made. What the definition does not have must not compile.

import createClient from "openapi-fetch";
import type { paths } from "./production-tracking.mjs";

declare const process: { env: Record<string, string> };
const { MILLGATE_ORIGIN: origin, MILLGATE_SUBSCRIPTION_KEY: key } = process.env;

const answer = await fetch(`${origin}/oauth2/v1/token`, {
  method: "POST",
  body: new URLSearchParams({
    grant_type: "client_credentials",
    client_id: process.env.MILLGATE_CLIENT_ID!,
    client_secret: process.env.MILLGATE_CLIENT_SECRET!,
    resource: process.env.MILLGATE_RESOURCE!,
  }),
});
const { access_token: token } = (await answer.json()) as { access_token: string };

const client = createClient<paths, "application/json">({
  baseUrl: `${origin}/test/Production/v1`,
  headers: { "Ocp-Apim-Subscription-Key": key, Authorization: `Bearer ${token}` },
});
const address = "/WorkcenterProductionLogs/{WorkcenterKey}" as const;
const { data, response } = await client.GET(address, {
  params: { path: { WorkcenterKey: 1001 }, query: { limit: 2 } },
});
const quantities: (number | null)[] = (data?.embedded ?? []).map((row) => row.quantity);
// @ts-expect-error a row has no such member
void data?.embedded[0]?.nothing;

const refused = await client.GET(address, {
  // @ts-expect-error a workcenter's key is a number
  params: { path: { WorkcenterKey: "mill" } },
});
console.log(
  JSON.stringify({
    status: response.status,
    count: data?.count,
    quantities,
    refused: refused.response.status,
    detail: refused.error && "detail" in refused.error ? refused.error.detail : undefined,
  }),
);
