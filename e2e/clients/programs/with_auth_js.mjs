// A small website whose visitors log in by Auth.js (@auth/core) and its WeChat provider.
import { load, serve } from "./around.mjs";

const { Auth } = await load("@auth/core");
const { default: WeChat } = await load("@auth/core/providers/wechat");

const body = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
};

export const start = async ({ app, platformType }) => {
  const config = {
    basePath: "/auth",
    trustHost: true,
    secret: "a secret of the site, thirty-two long",
    providers: [WeChat({ clientId: app.appid, clientSecret: app.secret, platformType })],
    // What it knows of a person; the session shows no id by itself.
    callbacks: {
      jwt: ({ token, account, profile }) => (account ? { ...token, account: account.providerAccountId, profile } : token),
      session: ({ session, token }) => ({ ...session, account: token.account, profile: token.profile }),
    },
    logger: { error: (error) => errors.push(`${error.name}: ${error.cause?.err?.message ?? error.message}`), warn() {}, debug() {} },
  };
  const errors = [];
  return serve(async (request, answer) => {
    if (request.url === "/errors") return answer.end(JSON.stringify(errors));
    const options = { method: request.method, headers: request.headers };
    if (request.method === "POST") options.body = await body(request);
    const said = await Auth(new Request(`http://${request.headers.host}${request.url}`, options), config);
    answer.writeHead(said.status, [...said.headers].flat());
    answer.end(Buffer.from(await said.arrayBuffer()));
  });
};
