// Storage through supabase-js: every call with its success, the shape of its error, and its denial.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Readable } from "node:stream";

const { createClient } = await import(process.env.SUPABASE_JS);
const { API_URL, PUBLISHABLE_KEY, SECRET_KEY, PYTHON } = process.env;
const BUCKET = `js-${randomUUID()}`;
const RLS = ["AccessDenied", "new row violates row-level security policy"];

const client = (key = PUBLISHABLE_KEY) =>
  createClient(API_URL, key, { auth: { autoRefreshToken: false, persistSession: false } });
const service = client(SECRET_KEY).storage;
const admin = service.from(BUCKET);
const anyone = client().storage.from(BUCKET);
let mine, stranger, owner;

async function person() {
  const supabase = client();
  const email = `js-${randomUUID()}@example.com`;
  const { data, error } = await supabase.auth.signUp({ email, password: "correct horse" });
  assert.equal(error, null);
  return { storage: supabase.storage, id: data.user.id };
}

function sql(text) {
  const script =
    "import os,sys,psycopg;psycopg.connect(os.environ['DB_URL'],autocommit=True).execute(sys.stdin.read())";
  const done = spawnSync(PYTHON, ["-c", script], { input: text, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
}

const policies = { insert: "with check", select: "using", update: "using", delete: "using" };
const forEachPolicy = (write) => sql(Object.entries(policies).map(write).join(";"));

before(async () => {
  assert.equal((await service.createBucket(BUCKET, { public: false })).error, null);
  forEachPolicy(
    ([verb, check]) =>
      `create policy "${BUCKET}_${verb}" on storage.objects for ${verb} to authenticated ${check}
       (bucket_id = '${BUCKET}' and (storage.foldername(name))[1] = (select auth.uid())::text)`,
  );
  const [me, other] = [await person(), await person()];
  owner = me.id;
  mine = me.storage.from(BUCKET);
  stranger = other.storage.from(BUCKET);
});

after(async () => {
  forEachPolicy(([verb]) => `drop policy "${BUCKET}_${verb}" on storage.objects`);
  await service.emptyBucket(BUCKET);
  await service.deleteBucket(BUCKET);
});

function fine({ data, error }) {
  assert.equal(error, null);
  return data;
}

function refused({ data, error }, code, message, status = 400) {
  assert.ok(error, "the call should have been refused");
  assert.equal(data, null);
  assert.equal(error.status, status);
  assert.equal(error.code, code);
  if (message) assert.equal(error.message, message);
}

const at = (name) => `${owner}/${randomUUID()}-${name}`;
async function there(body = "hello", options = {}) {
  const path = at("a.txt");
  fine(await mine.upload(path, body, { contentType: "text/plain", ...options }));
  return path;
}
const text = async (result) => (await fine(result)).text();

test("upload takes every form of body", async () => {
  const form = new FormData();
  form.append("file", new Blob(["hello"], { type: "text/csv" }), "a.csv");
  const bodies = {
    buffer: Buffer.from("hello"),
    arrayBuffer: new TextEncoder().encode("hello").buffer,
    blob: new Blob(["hello"], { type: "text/csv" }),
    file: new File(["hello"], "ü.csv", { type: "text/csv" }),
    form,
    stream: Readable.from([Buffer.from("hel"), Buffer.from("lo")]),
    webStream: new Blob(["hello"]).stream(),
    string: "hello",
  };
  for (const [name, body] of Object.entries(bodies)) {
    const path = at(name);
    const options = { contentType: "text/csv", cacheControl: "60", metadata: { ü: [name] } };
    const made = fine(await mine.upload(path, body, options));
    assert.equal(made.path, path);
    assert.equal(made.fullPath, `${BUCKET}/${path}`);
    assert.equal(await text(await mine.download(path)), "hello", name);
    const info = fine(await mine.info(path));
    assert.equal(info.id, made.id);
    assert.equal(info.size, 5, name);
    assert.equal(info.contentType, "text/csv", name);
    assert.equal(info.cacheControl, "max-age=60", name);
    assert.deepEqual(info.metadata, { ü: [name] }, name);
  }
});

test("upload refuses a second one, an invalid key, a missing bucket, a stranger", async () => {
  const path = await there();
  refused(await mine.upload(path, "again"), "KeyAlreadyExists", "The resource already exists");
  refused(await mine.upload(`${owner}/ä.txt`, "x"), "InvalidKey", `Invalid key: ${owner}/ä.txt`);
  refused(await client().storage.from("none").upload("a.txt", "x"), "NoSuchBucket");
  refused(await stranger.upload(at("b.txt"), "x"), ...RLS);
  refused(await anyone.upload(at("b.txt"), "x"), ...RLS);
});

test("upload with upsert and update replace", async () => {
  const path = await there();
  fine(await mine.upload(path, "two", { upsert: true }));
  assert.equal(await text(await mine.download(path)), "two");
  fine(await mine.update(path, "three"));
  assert.equal(await text(await mine.download(path)), "three");
  refused(await stranger.upload(path, "x", { upsert: true }), ...RLS);
  refused(await stranger.update(path, "x"), ...RLS);
  assert.equal(await text(await mine.download(path)), "three");
});

test("download, info and exists show an object to who may see it", async () => {
  const path = await there();
  const stream = fine(await mine.download(path).asStream());
  assert.equal(await new Response(stream).text(), "hello");
  assert.equal(fine(await mine.exists(path)), true);
  assert.equal(fine(await mine.info(path)).name, path);
  for (const [who, what] of [[mine, `${path}x`], [stranger, path]]) {
    refused(await who.download(what), "NoSuchKey", "Object not found");
    refused(await who.info(what), "NoSuchKey", "Object not found");
    assert.equal((await who.exists(what)).data, false);
  }
  await assert.rejects(client(SECRET_KEY).storage.from("none").exists("a"), { code: "NoSuchBucket" });
});

test("list shows one folder, as far as it may be seen", async () => {
  const name = (await there()).split("/")[1];
  fine(await mine.upload(`${owner}/sub/deep.txt`, "x"));
  const entries = fine(await mine.list(owner, { limit: 1000 }));
  assert.equal(entries.find((entry) => entry.name === name).metadata.size, 5);
  assert.equal(entries.find((entry) => entry.name === "sub").id, null);
  assert.deepEqual(fine(await mine.list(owner, { search: name })).map((entry) => entry.name), [name]);
  const first = fine(await mine.list(owner, { limit: 1, sortBy: { column: "created_at", order: "asc" } }));
  assert.equal(first.length, 1);
  assert.deepEqual(fine(await stranger.list(owner)), []);
  refused(await mine.list(owner, { limit: 0 }), "InvalidRequest");
});

test("listV2 pages through keys and folders", async () => {
  const folder = `${owner}/v2`;
  for (const name of ["a", "b", "c/d"]) fine(await mine.upload(`${folder}/${name}`, "x"));
  const level = fine(await mine.listV2({ prefix: `${folder}/`, with_delimiter: true }));
  assert.deepEqual(level.folders.map((entry) => entry.name), [`${folder}/c/`]);
  assert.deepEqual(level.objects.map((entry) => entry.name), [`${folder}/a`, `${folder}/b`]);
  const first = fine(await mine.listV2({ prefix: folder, limit: 2 }));
  assert.equal(first.hasNext, true);
  const next = fine(await mine.listV2({ prefix: folder, limit: 2, cursor: first.nextCursor }));
  assert.deepEqual(next.objects.map((entry) => entry.name), [`${folder}/c/d`]);
  assert.equal(next.hasNext, false);
  assert.deepEqual(fine(await stranger.listV2({ prefix: folder })).objects, []);
  refused(await mine.listV2({ cursor: "made up" }), "InvalidRequest");
});

test("createSignedUrl opens one object to anyone", async () => {
  const path = await there();
  const { signedUrl } = fine(await mine.createSignedUrl(path, 60, { download: "b c.txt" }));
  const answer = await fetch(signedUrl);
  assert.equal(await answer.text(), "hello");
  assert.match(answer.headers.get("content-disposition"), /b%20c\.txt/);
  assert.equal((await (await fetch(signedUrl.replace("a.txt", "b.txt"))).json()).code, "InvalidSignature");
  refused(await mine.createSignedUrl(path, 0), "InvalidRequest");
  refused(await stranger.createSignedUrl(path, 60), "NoSuchKey");
});

test("createSignedUrls answers for each path in order", async () => {
  const path = await there();
  const [missing, found] = fine(await mine.createSignedUrls([`${path}x`, path], 60));
  assert.equal(missing.signedUrl, null);
  assert.match(missing.error, /does not exist/);
  assert.equal(await (await fetch(found.signedUrl)).text(), "hello");
  assert.equal(fine(await stranger.createSignedUrls([path], 60))[0].signedUrl, null);
});

test("createSignedUploadUrl lets anyone upload one key", async () => {
  const path = at("up.txt");
  const { token } = fine(await mine.createSignedUploadUrl(path));
  for (const body of ["raw", new Blob(["form"])]) {
    const name = typeof body === "string" ? path : at("up.txt");
    const signed = fine(await mine.createSignedUploadUrl(name));
    const made = fine(await anyone.uploadToSignedUrl(name, signed.token, body));
    assert.equal(made.fullPath, `${BUCKET}/${name}`);
  }
  assert.equal(await text(await mine.download(path)), "raw");
  refused(await anyone.uploadToSignedUrl(path, token, "again"), "KeyAlreadyExists");
  refused(await anyone.uploadToSignedUrl(at("b.txt"), token, "x"), "InvalidSignature");
  refused(await anyone.uploadToSignedUrl(path, "made up", "x"), "InvalidJWT");
  const again = fine(await mine.createSignedUploadUrl(path, { upsert: true }));
  fine(await anyone.uploadToSignedUrl(path, again.token, "two"));
  assert.equal(await text(await mine.download(path)), "two");
  refused(await stranger.createSignedUploadUrl(at("c.txt")), ...RLS);
});

test("move and copy", async () => {
  const [path, moved, copied] = [await there("hello", { metadata: { a: 1 } }), at("m.txt"), at("c.txt")];
  refused(await stranger.move(path, moved), "NoSuchKey");
  refused(await stranger.copy(path, copied), "NoSuchKey");
  refused(await mine.move(path, "elsewhere.txt"), ...RLS);
  refused(await mine.copy(path, "elsewhere.txt"), ...RLS);
  assert.equal(fine(await mine.move(path, moved)).message, "Successfully moved");
  assert.equal(fine(await mine.copy(moved, copied)).path, `${BUCKET}/${copied}`);
  refused(await mine.copy(moved, copied), "KeyAlreadyExists");
  refused(await mine.move(moved, copied), "KeyAlreadyExists");
  refused(await mine.move(path, at("n.txt")), "NoSuchKey");
  assert.deepEqual(fine(await mine.info(copied)).metadata, { a: 1 });
  assert.equal(await text(await mine.download(moved)), "hello");
});

test("remove takes what it may and skips the rest", async () => {
  const path = await there();
  assert.deepEqual(fine(await stranger.remove([path])), []);
  const gone = fine(await mine.remove([path, `${path}x`]));
  assert.deepEqual(gone.map((row) => row.name), [path]);
  refused(await mine.remove(Array(1001).fill("a")), "InvalidRequest");
});

test("getPublicUrl opens public buckets alone", async () => {
  const path = await there();
  const { publicUrl } = mine.getPublicUrl(path).data;
  assert.equal((await (await fetch(publicUrl)).json()).code, "NoSuchBucket");
  fine(await service.updateBucket(BUCKET, { public: true }));
  assert.equal(await (await fetch(publicUrl)).text(), "hello");
  fine(await service.updateBucket(BUCKET, { public: false }));
});
