// What every program here has in common that acts as a person: how it is told of one, and what it then does.

import { createInterface } from "node:readline/promises";
import { clientId, clientSecret, mode, origin } from "./calling.mjs";

export const isPublic = mode === "public";
export const who = isPublic ? process.env.MILLGATE_PUBLIC_CLIENT_ID : clientId;
export const secret = isPublic ? undefined : clientSecret;
// As registered but for the port, which a program on the machine takes as it finds it.
export const redirectUri = process.env.MILLGATE_REDIRECT_URI.replace("127.0.0.1", "127.0.0.1:51234");

// Print where the person is to go, and read to where they were sent from there.
export async function answerTo(address) {
  console.log(String(address));
  const input = createInterface({ input: process.stdin });
  const line = await input[Symbol.asyncIterator]().next();
  input.close();
  return new URL(line.value.trim());
}

async function status(path, token) {
  const answer = await fetch(`${origin}/test${path}`, {
    headers: {
      "Ocp-Apim-Subscription-Key": process.env.MILLGATE_SUBSCRIPTION_KEY,
      Authorization: `Bearer ${token}`,
    },
  });
  await answer.text();
  return answer.status;
}

// Call what the person may read, and what only the application's own account may.
export async function called(token) {
  return {
    token,
    may: await status("/Platform/v1/CompanyProfile", token),
    may_not: await status("/Workcenter/v1/ApprovedWorkcenters?limit=1", token),
  };
}

// What a library says of something that fails; empty when it does not fail.
export async function words(failing) {
  try {
    await failing();
  } catch (told) {
    const more = told.error_description ?? told.data?.payload?.error_description ?? told.cause?.message ?? "";
    return `${told.name}: ${told.message} ${more}`;
  }
  return "";
}

export function tell(came) {
  console.log(JSON.stringify(came));
}
