// What programs need around their SDK.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The packages are in a folder of their own, as `require` and `import` from there would find them.
export const require = createRequire(`${process.env.CLIENTS}/../`);

export const load = (name) => import(pathToFileURL(require.resolve(name)));

// A website of the program's own; its address.
export const serve = (site) =>
  new Promise((resolve) => {
    const server = createServer(site).listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`));
  });
