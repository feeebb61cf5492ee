// Buckets through supabase-js: every call with its success, the shape of its error, and its denial.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

const { createClient } = await import(process.env.SUPABASE_JS);
const { API_URL, PUBLISHABLE_KEY, SECRET_KEY } = process.env;
const RLS = ["AccessDenied", "new row violates row-level security policy"];

const client = (key = PUBLISHABLE_KEY) =>
  createClient(API_URL, key, { auth: { autoRefreshToken: false, persistSession: false } });
const service = client(SECRET_KEY).storage;

async function person() {
  const supabase = client();
  const email = `js-${randomUUID()}@example.com`;
  const { error } = await supabase.auth.signUp({ email, password: "correct horse" });
  assert.equal(error, null);
  return supabase.storage;
}

function fine({ data, error }) {
  assert.equal(error, null);
  return data;
}

function refused({ data, error }, code, message) {
  assert.ok(error, "the call should have been refused");
  assert.equal(data, null);
  assert.equal(error.status, 400);
  assert.equal(error.code, code);
  if (message) assert.equal(error.message, message);
}

test("buckets are made, changed, emptied and deleted, by the service alone", async () => {
  const [name, people] = [`js-${randomUUID()}`, await person()];
  const limits = { public: false, fileSizeLimit: "5B", allowedMimeTypes: ["text/plain", "image/*"] };
  assert.equal(fine(await service.createBucket(name, limits)).name, name);
  refused(await service.createBucket(name), "BucketAlreadyExists", "The resource already exists");
  const made = fine(await service.getBucket(name));
  assert.equal(made.file_size_limit, 5);
  assert.deepEqual(made.allowed_mime_types, ["text/plain", "image/*"]);
  assert.ok(fine(await service.listBuckets({ search: name, limit: 1 })).length === 1);
  const files = service.from(name);
  refused(await files.upload("a", "123456", { contentType: "text/plain" }), "EntityTooLarge");
  const wrong = "mime type text/html is not supported";
  refused(await files.upload("a", "1", { contentType: "text/html" }), "InvalidMimeType", wrong);
  fine(await files.upload("a", "1", { contentType: "text/plain" }));
  refused(await service.deleteBucket(name), "ResourceNotEmpty");
  assert.deepEqual(fine(await people.listBuckets()), []);
  refused(await people.getBucket(name), "NoSuchBucket", "Bucket not found");
  refused(await people.updateBucket(name, { public: true }), "NoSuchBucket");
  refused(await people.emptyBucket(name), "AccessDenied");
  refused(await people.deleteBucket(name), "ResourceNotEmpty");
  refused(await people.createBucket(`js-${randomUUID()}`), ...RLS);
  fine(await service.emptyBucket(name));
  refused(await people.deleteBucket(name), "NoSuchBucket");
  fine(await service.deleteBucket(name));
  refused(await service.getBucket(name), "NoSuchBucket");
});
