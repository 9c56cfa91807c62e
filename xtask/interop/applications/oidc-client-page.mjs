// An application with oidc-client-ts, in a browser. `settings` is set before this program starts.

import { UserManager } from "oidc-client-ts";

globalThis.manager = new UserManager({ ...globalThis.settings.openid, loadUserInfo: true });
