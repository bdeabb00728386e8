// What every program here has in common: where the server is, and a call of the gateway with the token it got.

export const origin = process.env.MILLGATE_ORIGIN;
export const tenant = process.env.MILLGATE_TENANT;
export const clientId = process.env.MILLGATE_CLIENT_ID;
export const clientSecret = process.env.MILLGATE_CLIENT_SECRET;
export const resource = process.env.MILLGATE_RESOURCE;
export const authority = `${origin}/${tenant}`;
export const mode = process.argv[2];

export async function call(token) {
  const answer = await fetch(`${origin}/test/Platform/v1/CompanyProfile`, {
    headers: {
      "Ocp-Apim-Subscription-Key": process.env.MILLGATE_SUBSCRIPTION_KEY,
      Authorization: `Bearer ${token}`,
    },
  });
  console.log(JSON.stringify({ token, status: answer.status, body: await answer.json() }));
}
