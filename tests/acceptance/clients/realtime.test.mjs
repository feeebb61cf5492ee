// Realtime through supabase-js: who hears what on which channel, and who is refused. The tables,
// policies and functions rt_* come from realtime_world.py.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";

const { createClient } = await import(process.env.SUPABASE_JS);
const { API_URL, PUBLISHABLE_KEY, SECRET_KEY } = process.env;
const clients = [];

function client(key = PUBLISHABLE_KEY) {
  const auth = { autoRefreshToken: false, persistSession: false };
  clients.push(createClient(API_URL, key, { auth, realtime: { timeout: 5000 } }));
  return clients.at(-1);
}
const admin = client(SECRET_KEY);
const topic = () => `rt:${randomUUID()}`;
after(() => Promise.all(clients.map((one) => one.removeAllChannels())));

async function person() {
  const supabase = client();
  const credentials = { email: `js-${randomUUID()}@example.com`, password: "correct horse" };
  const { data, error } = await supabase.auth.signUp(credentials);
  assert.equal(error, null);
  await supabase.realtime.setAuth();
  return { supabase, id: data.user.id };
}

async function member(name, writes = false) {
  const made = await person();
  const { error } = await admin.from("rt_members").insert({ topic: name, user_id: made.id, writes });
  assert.equal(error, null);
  return made;
}

async function send(name, payload, { isPrivate = true, fails = false } = {}) {
  const body = { topic: name, event: "said", payload, private: isPrivate, fails };
  return (await admin.rpc("rt_send", body)).error;
}

// A queue whose next() waits for what comes.
function queue() {
  const items = [];
  const waiting = [];
  return {
    items,
    put: (item) => (waiting.length ? waiting.shift()(item) : items.push(item)),
    next: () => (items.length ? items.shift() : new Promise((done) => waiting.push(done))),
  };
}

function ear(supabase, name, { isPrivate = true, broadcast = {}, presence, prepare } = {}) {
  const config = { private: isPrivate, broadcast: { self: false, ack: false, ...broadcast } };
  const channel = supabase.channel(name, { config: presence ? { ...config, presence } : config });
  const heard = queue();
  const states = queue();
  channel.on("broadcast", { event: "*" }, (message) => heard.put(message));
  prepare?.(channel);
  channel.subscribe((state, error) => states.put([state, error?.message]));
  return { channel, heard, states };
}

async function listening(...wanted) {
  const made = ear(...wanted);
  assert.deepEqual(await made.states.next(), ["SUBSCRIBED", undefined]);
  return made;
}

async function refused(reason, ...wanted) {
  const { channel, states } = ear(...wanted);
  const [state, error] = await states.next();
  assert.equal(state, "CHANNEL_ERROR");
  assert.match(error, reason);
  await channel.unsubscribe();
}

test("a private channel opens for members alone", async () => {
  const name = topic();
  await listening((await member(name)).supabase, name);
  await listening(admin, name);
  for (const { supabase } of [await person(), { supabase: client() }, await member(topic())]) {
    await refused(/Unauthorized: You do not have permissions to read from this Channel/, supabase, name);
  }
});

test("a broadcast reaches the others, and oneself on request, acknowledged", async () => {
  const name = topic();
  const loud = await listening(client(), name, {
    isPrivate: false,
    broadcast: { self: true, ack: true },
  });
  const quiet = await listening(client(), name, { isPrivate: false });
  const message = { type: "broadcast", event: "first", payload: { n: 1, text: "Grüße 👋" } };
  assert.equal(await loud.channel.send(message), "ok");
  assert.deepEqual(await loud.heard.next(), message);
  assert.deepEqual(await quiet.heard.next(), message);
  await quiet.channel.send({ ...message, event: "second" });
  await loud.channel.send({ ...message, event: "third" });
  assert.equal((await loud.heard.next()).event, "second");
  assert.equal((await quiet.heard.next()).event, "third");
  const bytes = { type: "broadcast", event: "bytes", payload: new Uint8Array([0, 255]).buffer };
  await loud.channel.send(bytes);
  assert.deepEqual(new Uint8Array((await quiet.heard.next()).payload), new Uint8Array([0, 255]));
});

test("a broadcast without write permission is dropped", async () => {
  const name = topic();
  const listener = await listening((await member(name)).supabase, name);
  const reader = await listening((await member(name)).supabase, name);
  const writer = await listening((await member(name, true)).supabase, name, {
    broadcast: { ack: true },
  });
  await reader.channel.send({ type: "broadcast", event: "forbidden", payload: {} });
  assert.equal(await reader.channel.unsubscribe(), "ok");
  assert.equal(await writer.channel.send({ type: "broadcast", event: "allowed", payload: {} }), "ok");
  assert.equal((await listener.heard.next()).event, "allowed");
});

test("the database broadcasts on commit, to the kind of channel it names", async () => {
  const name = topic();
  const inside = await listening((await member(name)).supabase, name);
  const outside = await listening(client(), name, { isPrivate: false });
  assert.match((await send(name, { n: 0 }, { fails: true })).message, /taken back/);
  const text = "ß".repeat(20_000);
  assert.equal(await send(name, { n: 1, text }), null);
  assert.equal(await send(name, { n: 2 }, { isPrivate: false }), null);
  const told = await inside.heard.next();
  assert.equal(told.event, "said");
  assert.deepEqual(told.payload, { id: told.meta.id, n: 1, text });
  assert.equal((await outside.heard.next()).payload.n, 2);
  assert.equal(inside.heard.items.length, 0);
});

test("the database broadcasts changes as rows", async () => {
  const name = topic();
  const { heard } = await listening((await member(name)).supabase, name);
  const { data: made } = await admin.from("rt_notes").insert({ topic: name, body: "a" }).select().single();
  await admin.from("rt_notes").update({ body: "b" }).eq("id", made.id);
  await admin.from("rt_notes").delete().eq("id", made.id);
  const changed = { ...made, body: "b" };
  for (const [operation, record, old_record] of [
    ["INSERT", made, null],
    ["UPDATE", changed, made],
    ["DELETE", null, changed],
  ]) {
    const { event, payload, meta } = await heard.next();
    assert.equal(event, operation);
    const where = { id: meta.id, schema: "public", table: "rt_notes" };
    assert.deepEqual(payload, { ...where, operation, record, old_record });
  }
});

test("httpSend and send before joining go over REST under the same policies", async () => {
  const name = topic();
  const writer = await member(name, true);
  const { heard, channel } = await listening(writer.supabase, name);
  assert.deepEqual(await channel.httpSend("by post", { n: 1 }), { success: true });
  assert.deepEqual((await heard.next()).payload, { n: 1 });
  const reader = (await member(name)).supabase.channel(name, { config: { private: true } });
  await assert.rejects(reader.httpSend("no", {}), new RegExp(`may not send to the topic: ${name}`));
  const unjoined = (await member(name, true)).supabase.channel(name, { config: { private: true } });
  const message = { type: "broadcast", event: "unjoined", payload: { n: 2 } };
  assert.equal(await unjoined.send(message), "ok");
  assert.equal((await heard.next()).event, "unjoined");
});

test("a new token shuts out a removed member and keeps the others", async () => {
  const name = topic();
  const [gone, stays] = [await member(name), await member(name)];
  const told = queue();
  const prepare = (channel) => channel.on("system", {}, (message) => told.put(message));
  const lost = await listening(gone.supabase, name, { prepare });
  const kept = await listening(stays.supabase, name);
  await admin.from("rt_members").delete().eq("user_id", gone.id);
  for (const { supabase } of [gone, stays]) {
    const { data } = await supabase.auth.refreshSession();
    await supabase.realtime.setAuth(data.session.access_token);
  }
  const { message, ...rest } = await told.next();
  assert.deepEqual(rest, { extension: "system", status: "error", channel: name });
  assert.match(message, /You do not have permissions/);
  assert.equal((await lost.states.next())[0], "CLOSED");
  await send(name, { n: 1 });
  assert.equal((await kept.heard.next()).payload.n, 1);
  assert.equal(lost.heard.items.length, 0);
});

test("leaving ends a channel, and it can be joined again", async () => {
  const name = topic();
  const { supabase } = await member(name);
  const first = await listening(supabase, name);
  assert.equal(await first.channel.unsubscribe(), "ok");
  assert.equal((await first.states.next())[0], "CLOSED");
  const again = await listening(supabase, name);
  await send(name, { n: 1 });
  assert.equal((await again.heard.next()).payload.n, 1);
  assert.equal(first.heard.items.length, 0);
});

test("a heartbeat is answered", async () => {
  const { supabase } = await person();
  await listening(supabase, topic(), { isPrivate: false });
  const beats = queue();
  supabase.realtime.onHeartbeat((status) => beats.put(status));
  await supabase.realtime.sendHeartbeat();
  const seen = [await beats.next(), await beats.next()];
  assert.deepEqual(seen, ["sent", "ok"]);
});

test("presence tells who comes and goes, to members who may track", async () => {
  const name = topic();
  const synced = queue();
  const watch = (channel) =>
    channel.on("presence", { event: "sync" }, () => {
      const shown = Object.entries(channel.presenceState());
      synced.put(JSON.stringify(shown.map(([key, who]) => [key, who.map(({ at }) => at)]).sort()));
    });
  const one = await member(name, true);
  const two = await member(name, true);
  const first = await listening(one.supabase, name, { presence: { key: "one" }, prepare: watch });
  const second = await listening(two.supabase, name, { presence: { key: "two" } });
  const shows = async (expected) => {
    while ((await synced.next()) !== JSON.stringify(expected));
  };
  assert.equal(await first.channel.track({ at: 1 }), "ok");
  await shows([["one", [1]]]);
  assert.equal(await second.channel.track({ at: 2 }), "ok");
  await shows([["one", [1]], ["two", [2]]]);
  assert.equal(await first.channel.untrack(), "ok");
  await shows([["two", [2]]]);
  two.supabase.realtime.disconnect();
  await shows([]);
  const reader = await listening((await member(name)).supabase, name, { presence: { key: "no" } });
  assert.equal(await reader.channel.track({ at: 3 }), "error");
});

test("what the stand-in does not do is refused by name", async () => {
  const anything = { event: "*", schema: "public", table: "rt_notes" };
  const prepare = (channel) => channel.on("postgres_changes", anything, () => {});
  const named = /NotImplemented: the local Realtime does not do postgres_changes/;
  await refused(named, client(), topic(), { isPrivate: false, prepare });
  const name = topic();
  const { supabase } = await member(name);
  await refused(/does not do replay/, supabase, name, { broadcast: { replay: { since: 1 } } });
});
