// keycloak-js with `oidcProvider`, away from Keycloak: code with PKCE, whose token request brings cookies along; who is
// logged in at the provider already is found out in a hidden frame.
import Keycloak from "keycloak-js";

const { issuer, appid, url, scope } = await (await fetch("/config")).json();

if (location.pathname === "/silent") parent.postMessage(location.href, location.origin);
else {
  const keycloak = new Keycloak({ oidcProvider: issuer, clientId: appid });
  await keycloak.init({
    onLoad: "check-sso",
    silentCheckSsoRedirectUri: `${url}/silent`,
    silentCheckSsoFallback: false,
    checkLoginIframe: false,
    scope,
  });

  window.town = {
    login: () => keycloak.login({ redirectUri: `${url}/callback` }),
    user: async () => {
      if (!keycloak.authenticated) return null;
      const told = await keycloak.loadUserInfo();
      return { ...keycloak.idTokenParsed, ...told, access: keycloak.token, refresh: keycloak.refreshToken ?? null };
    },
    logout: () => keycloak.logout({ redirectUri: `${url}/bye` }),
  };
}
