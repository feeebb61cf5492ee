// Auth through supabase-js: every call with its success and the shape of its error.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

const { createClient } = await import(process.env.SUPABASE_JS);
const { API_URL, PUBLISHABLE_KEY, SECRET_KEY } = process.env;
const PASSWORD = "correct horse";

const client = (key = PUBLISHABLE_KEY) =>
  createClient(API_URL, key, { auth: { autoRefreshToken: false, persistSession: false } });
const admin = client(SECRET_KEY).auth.admin;
const address = () => `js-${randomUUID()}@example.com`;

async function person() {
  const supabase = client();
  const { data, error } = await supabase.auth.signUp({ email: address(), password: PASSWORD });
  assert.equal(error, null);
  return { supabase, auth: supabase.auth, ...data };
}

function refused({ error }, code, status) {
  assert.ok(error, "the call should have been refused");
  assert.equal(error.code, code);
  assert.equal(error.status, status);
}

test("signUp gives a session and lower-cases the address", async () => {
  const email = address();
  const { data, error } = await client().auth.signUp({
    email: email.toUpperCase(),
    password: PASSWORD,
    options: { data: { name: "Ada" } },
  });
  assert.equal(error, null);
  assert.equal(data.user.email, email);
  assert.equal(data.user.user_metadata.name, "Ada");
  assert.equal(data.user.identities[0].provider, "email");
  assert.equal(data.session.token_type, "bearer");
  assert.equal(data.session.user.id, data.user.id);
});

test("signUp refuses a known address, a weak password and a wrong address", async () => {
  const { auth, user } = await person();
  refused(await auth.signUp({ email: user.email, password: PASSWORD }), "user_already_exists", 422);
  const weak = await client().auth.signUp({ email: address(), password: "short" });
  refused(weak, "weak_password", 422);
  assert.deepEqual(weak.error.reasons, ["length"]);
  const bad = await client().auth.signUp({ email: "no address", password: PASSWORD });
  refused(bad, "validation_failed", 400);
  refused(await client().auth.signInAnonymously(), "anonymous_provider_disabled", 422);
});

test("signInWithPassword opens a session, and says the same of both ways to be wrong", async () => {
  const { user } = await person();
  const { data, error } = await client().auth.signInWithPassword({
    email: user.email,
    password: PASSWORD,
  });
  assert.equal(error, null);
  assert.equal(data.user.id, user.id);
  const wrong = { email: user.email, password: "another one" };
  refused(await client().auth.signInWithPassword(wrong), "invalid_credentials", 400);
  const unknown = { email: address(), password: PASSWORD };
  refused(await client().auth.signInWithPassword(unknown), "invalid_credentials", 400);
});

test("refreshSession rotates, and an unknown token is refused", async () => {
  const { auth, session } = await person();
  const { data, error } = await auth.refreshSession();
  assert.equal(error, null);
  assert.notEqual(data.session.refresh_token, session.refresh_token);
  const again = await client().auth.refreshSession({ refresh_token: session.refresh_token });
  assert.equal(again.data.session.refresh_token, data.session.refresh_token);
  const unknown = await client().auth.refreshSession({ refresh_token: "made up" });
  refused(unknown, "refresh_token_not_found", 400);
});

test("setSession takes the tokens of another client", async () => {
  const { session, user } = await person();
  const { data, error } = await client().auth.setSession(session);
  assert.equal(error, null);
  assert.equal(data.user.id, user.id);
});

test("getUser asks the server, and a made-up token is refused", async () => {
  const { auth, user } = await person();
  assert.equal((await auth.getUser()).data.user.id, user.id);
  refused(await client().auth.getUser("not.a.token"), "bad_jwt", 403);
});

test("getClaims verifies with the published key and refuses another signature", async () => {
  const { auth, session, user } = await person();
  const { data, error } = await auth.getClaims();
  assert.equal(error, null);
  assert.equal(data.header.alg, "ES256");
  assert.equal(data.claims.sub, user.id);
  assert.equal(data.claims.iss, `${API_URL}/auth/v1`);
  assert.equal(data.claims.role, "authenticated");
  const [head, , signature] = session.access_token.split(".");
  const claims = Buffer.from(JSON.stringify({ ...data.claims, sub: randomUUID() }));
  const forged = `${head}.${claims.toString("base64url")}.${signature}`;
  const tampered = await client().auth.getClaims(forged);
  assert.equal(tampered.error.code, "invalid_jwt");
});

test("updateUser merges data and changes the password", async () => {
  const { auth, user } = await person();
  await auth.updateUser({ data: { name: "Ada", city: "London" } });
  const { data, error } = await auth.updateUser({ data: { city: null }, password: "a new one" });
  assert.equal(error, null);
  assert.equal(data.user.user_metadata.name, "Ada");
  assert.ok(!("city" in data.user.user_metadata));
  const changed = { email: user.email, password: "a new one" };
  assert.equal((await client().auth.signInWithPassword(changed)).error, null);
  refused(await auth.updateUser({ password: "a new one" }), "same_password", 422);
  refused(await auth.updateUser({ password: "short" }), "weak_password", 422);
  const taken = await person();
  refused(await auth.updateUser({ email: taken.user.email }), "email_exists", 422);
  assert.equal((await client().auth.updateUser({ data: {} })).error.name, "AuthSessionMissingError");
});

test("signOut revokes: the access token is worth nothing to Auth afterwards", async () => {
  const { auth, session } = await person();
  assert.equal((await auth.signOut()).error, null);
  const { error } = await client().auth.getUser(session.access_token);
  assert.equal(error.name, "AuthSessionMissingError");
  const late = await client().auth.refreshSession({ refresh_token: session.refresh_token });
  refused(late, "refresh_token_not_found", 400);
});

test("signOut ends the sessions of its scope", async () => {
  const { auth: first, user } = await person();
  const [second, third] = [client().auth, client().auth];
  await second.signInWithPassword({ email: user.email, password: PASSWORD });
  await third.signInWithPassword({ email: user.email, password: PASSWORD });
  const tokens = [first, second, third].map(async (a) => (await a.getSession()).data.session);
  const [one, two, three] = (await Promise.all(tokens)).map((s) => s.access_token);
  const alive = async (token) => (await client().auth.getUser(token)).error === null;
  await first.signOut({ scope: "local" });
  assert.deepEqual([await alive(one), await alive(two), await alive(three)], [false, true, true]);
  await second.signOut({ scope: "others" });
  assert.deepEqual([await alive(two), await alive(three)], [true, false]);
  await admin.signOut(two, "global");
  assert.equal(await alive(two), false);
});

test("admin creates, finds, changes and deletes a user", async () => {
  const made = await admin.createUser({
    email: address(),
    password: PASSWORD,
    email_confirm: true,
    user_metadata: { name: "Grace" },
    app_metadata: { plan: "free" },
  });
  assert.equal(made.error, null);
  const { id, email } = made.data.user;
  assert.equal(made.data.user.app_metadata.plan, "free");
  assert.equal((await admin.getUserById(id)).data.user.email, email);
  const changed = await admin.updateUserById(id, { user_metadata: { name: "Ada" } });
  assert.equal(changed.data.user.user_metadata.name, "Ada");
  refused(await admin.createUser({ email, password: PASSWORD }), "email_exists", 422);
  assert.equal((await admin.deleteUser(id)).error, null);
  refused(await admin.getUserById(id), "user_not_found", 404);
  refused(await admin.updateUserById(id, { role: "x" }), "user_not_found", 404);
  refused(await admin.deleteUser(id), "user_not_found", 404);
});

test("admin lists users by page", async () => {
  await Promise.all([person(), person(), person()]);
  const { data, error } = await admin.listUsers({ page: 1, perPage: 2 });
  assert.equal(error, null);
  assert.equal(data.users.length, 2);
  assert.equal(data.nextPage, 2);
  assert.ok(data.total >= 3);
  refused(await admin.listUsers({ page: "x", perPage: 2 }), "validation_failed", 400);
});

test("a banned user can neither sign in, refresh nor be seen, until the ban is lifted", async () => {
  const { auth, session, user } = await person();
  const banned = await admin.updateUserById(user.id, { ban_duration: "1h30m" });
  assert.ok(new Date(banned.data.user.banned_until) > new Date());
  const credentials = { email: user.email, password: PASSWORD };
  refused(await client().auth.signInWithPassword(credentials), "user_banned", 400);
  refused(await client().auth.refreshSession(session), "user_banned", 400);
  refused(await auth.getUser(session.access_token), "user_banned", 403);
  await admin.updateUserById(user.id, { ban_duration: "none" });
  assert.equal((await client().auth.signInWithPassword(credentials)).error, null);
  refused(await admin.updateUserById(user.id, { ban_duration: "soon" }), "validation_failed", 400);
});

test("an unconfirmed user signs in once an admin confirms", async () => {
  const email = address();
  const { data } = await admin.createUser({ email, password: PASSWORD });
  const credentials = { email, password: PASSWORD };
  refused(await client().auth.signInWithPassword(credentials), "email_not_confirmed", 400);
  await admin.updateUserById(data.user.id, { email_confirm: true });
  assert.equal((await client().auth.signInWithPassword(credentials)).error, null);
});

test("the token of a deleted user is refused", async () => {
  const { session, user } = await person();
  await admin.deleteUser(user.id);
  refused(await client().auth.getUser(session.access_token), "user_not_found", 403);
});

test("admin calls are for service_role alone", async () => {
  const { supabase, user } = await person();
  for (const caller of [supabase, client()]) {
    const { admin: notAdmin } = caller.auth;
    refused(await notAdmin.listUsers(), "not_admin", 403);
    refused(await notAdmin.createUser({ email: address() }), "not_admin", 403);
    refused(await notAdmin.getUserById(user.id), "not_admin", 403);
    refused(await notAdmin.updateUserById(user.id, { role: "service_role" }), "not_admin", 403);
    refused(await notAdmin.deleteUser(user.id), "not_admin", 403);
  }
});

test("Auth's tables cannot be reached through the Data API", async () => {
  const { supabase } = await person();
  const { error } = await supabase.schema("auth").from("users").select("id");
  assert.equal(error.code, "PGRST106");
});

test("what the local Auth does not do is answered by name", async () => {
  const { error } = await client().auth.signInWithOtp({ email: address() });
  assert.equal(error.status, 501);
  assert.match(error.message, /POST \/auth\/v1\/otp/);
});
