// Websites whose framework's own login is led to the town by its issuer, or by the three addresses where it knows none.
import { serve } from "./around.mjs";

export const start = async ({ by, issuer, app }) => {
  const late = { handler: null };
  const url = await serve((...given) => late.handler(...given));
  const { site } = await import(`./logins/${by}.mjs`);
  late.handler = await site({ issuer, app, url });
  return url;
};
