// Written by `ninestep up --intercept`, loaded by what `ninestep env --node` prints. Node's fetch, and many libraries,
// do not read HTTPS_PROXY: here each connection to a platform's host, whoever opens it, is opened to the town instead.
// All others go where they always went.
"use strict";

const net = require("node:net");

const town = TOWN;
const hosts = new Set(town.hosts);
const connect = net.Socket.prototype.connect;

function redirected(options) {
  const host = String(options.host || options.hostname || "").toLowerCase();
  const port = Number(options.port);
  if (!hosts.has(host) || (port !== 443 && port !== 80)) return null;
  // A copy: the TLS layer goes on checking the certificate against the name that was asked for.
  return { ...options, host: town.host, port: town.port, hostname: undefined, lookup: undefined, family: undefined };
}

net.Socket.prototype.connect = function (...given) {
  const [first, second] = given;
  if (Array.isArray(first) && first[0] && typeof first[0] === "object") {
    const options = redirected(first[0]);
    if (options) first[0] = options; // an array that net marked as normalized, with a symbol that has no public name
  } else if (first && typeof first === "object") {
    const options = redirected(first);
    if (options) given[0] = options;
  } else if (typeof second === "string") {
    const options = redirected({ port: first, host: second });
    if (options) given.splice(0, 2, options);
  }
  return connect.apply(this, given);
};
