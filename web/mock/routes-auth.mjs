import { randomBytes } from "node:crypto";
import { refuse } from "./http.mjs";
import { iso } from "./state.mjs";

function open(state, request) {
  const token = randomBytes(16).toString("hex");
  const session = { id: state.nextSession++, csrf: randomBytes(16).toString("hex"), created_at: iso(), last_seen_at: iso(), expires_at: iso(Date.now() + state.settings.auth.session_ttl_ms), address: request.socket.remoteAddress ?? "", user_agent: request.headers["user-agent"] ?? "" };
  state.sessions.set(token, session);
  return { token, session };
}

const status = (state, session) => ({ setup_required: state.password === null, setup_code_required: false, authenticated: Boolean(session), csrf_token: session?.csrf ?? null, session_expires_at: session?.expires_at ?? null });
const cookie = (token) => ({ "set-cookie": `freellmapi_session=${token}; HttpOnly; SameSite=Strict; Path=/` });

function enter(state, request, code) {
  const { token, session } = open(state, request);
  return { code, value: status(state, session), headers: cookie(token) };
}

export const authRoutes = {
  "GET /api/auth/status": ({ state, session }) => status(state, session),
  "POST /api/auth/setup": ({ state, body, request }) => {
    if (state.password !== null) refuse(409, "already_set_up", "A password is already set.");
    if ((body.password ?? "").length < 8) refuse(400, "invalid_request", "The password needs at least 8 characters.", "password");
    state.password = body.password;
    return enter(state, request, 201);
  },
  "POST /api/auth/login": ({ state, body, request }) => {
    if (state.failedLogins >= 5) refuse(429, "login_throttled", "Too many tries.", null, { retry_at: iso(Date.now() + 30_000) });
    if (body.password !== state.password) {
      state.failedLogins++;
      refuse(401, "invalid_password", "That is not the password.");
    }
    state.failedLogins = 0;
    return enter(state, request, 200);
  },
  "POST /api/auth/logout": ({ state, session }) => end(state, (other) => other === session),
  "POST /api/auth/logout-all": ({ state }) => end(state, () => true),
  "POST /api/auth/password": ({ state, body, session }) => {
    if (body.current_password !== state.password) refuse(403, "invalid_password", "The current password is wrong.", "current_password");
    state.password = body.new_password;
    return end(state, (other) => other !== session);
  },
  "GET /api/auth/sessions": ({ state, session }) => ({ data: [...state.sessions.values()].map((row) => ({ id: row.id, current: row === session, created_at: row.created_at, last_seen_at: row.last_seen_at, expires_at: row.expires_at, address: row.address, user_agent: row.user_agent })) }),
  "DELETE /api/auth/sessions/{id}": ({ state, params }) => end(state, (other) => other.id === Number(params.id)),
};

function end(state, which) {
  for (const [token, session] of state.sessions) if (which(session)) state.sessions.delete(token);
  return undefined;
}
