// A single-page app for each library: files and nothing else, so everything happens in the browser.
import { createReadStream, existsSync } from "node:fs";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "./around.mjs";

const PAGES = fileURLToPath(new URL("./pages/", import.meta.url));
// Where each package keeps what a browser can load.
const LIBRARIES = {
  "oidc-client-ts": "oidc-client-ts/dist/esm/oidc-client-ts.js",
  "keycloak-js": "keycloak-js/lib/keycloak.js",
  "jwt-decode": "jwt-decode/build/esm/index.js",
  "openid-client": "openid-client/build/index.js",
  oauth4webapi: "oauth4webapi/build/index.js",
  "jose/errors": "jose/dist/webapi/util/errors.js",
  "jose/jwe/compact/decrypt": "jose/dist/webapi/jwe/compact/decrypt.js",
};

const page = (by) => `<!doctype html><meta charset="utf-8"><title>SPA</title><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports: Object.fromEntries(Object.entries(LIBRARIES).map(([name, path]) => [name, `/lib/${path}`])) })}</script>
<script type="module" src="/pages/${by}.mjs"></script>`;

export const start = async ({ by, config, host }) => {
  const told = { ...config };
  const url = await serve((request, answer) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const [, folder, ...rest] = normalize(pathname).split("/");
    const file = join({ lib: process.env.CLIENTS, pages: PAGES }[folder] ?? "/nowhere", ...rest);
    if (folder === "config") return answer.end(JSON.stringify(told));
    if (rest.length && existsSync(file)) {
      answer.setHeader("Content-Type", "text/javascript");
      return createReadStream(file).pipe(answer);
    }
    answer.setHeader("Content-Type", "text/html");
    answer.end(page(by));
  });
  told.url = host ? url.replace("127.0.0.1", host) : url;
  return told.url;
};
