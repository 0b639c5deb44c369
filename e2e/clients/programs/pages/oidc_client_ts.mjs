// oidc-client-ts: code with PKCE, a silent renewal in a frame where there is no refresh token, logout.
import { IndexedDbDPoPStore, UserManager, WebStorageStateStore } from "oidc-client-ts";

const { issuer, appid, url, scope, dpop, userinfo } = await (await fetch("/config")).json();
const manager = new UserManager({
  authority: issuer,
  client_id: appid,
  redirect_uri: `${url}/callback`,
  popup_redirect_uri: `${url}/popup`,
  silent_redirect_uri: `${url}/silent`,
  post_logout_redirect_uri: `${url}/bye`,
  scope,
  loadUserInfo: !dpop, // it would ask with «Bearer»
  automaticSilentRenew: false,
  userStore: new WebStorageStateStore({ store: window.sessionStorage }),
  ...(dpop ? { dpop: { bind_authorization_code: true, store: new IndexedDbDPoPStore() } } : {}),
});
const shown = (user) => user && { ...user.profile, access: user.access_token, type: user.token_type, refresh: user.refresh_token };

const proving = async (user, nonce) => {
  const proof = await manager.dpopProof(userinfo, user, "GET", nonce ?? undefined);
  return { Authorization: `DPoP ${user.access_token}`, DPoP: proof };
};

if (location.pathname === "/callback") await manager.signinRedirectCallback();
if (location.pathname === "/popup") await manager.signinPopupCallback();
if (location.pathname === "/silent") await manager.signinSilentCallback();
if (location.pathname === "/bye") await manager.signoutRedirectCallback();

window.town = {
  login: (more) => manager.signinRedirect(more),
  popup: () => manager.signinPopup(),
  user: async () => shown(await manager.getUser()),
  profile: async () => {
    const user = await manager.getUser();
    const nonce = (await fetch(userinfo, { headers: await proving(user) })).headers.get("DPoP-Nonce");
    return (await fetch(userinfo, { headers: await proving(user, nonce) })).json();
  },
  renew: async (more) => shown(await manager.signinSilent(more)),
  revoke: () => manager.revokeTokens(),
  logout: () => manager.signoutRedirect(),
};
