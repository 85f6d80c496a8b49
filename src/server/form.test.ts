// Outside truth: the platform's own FormData, written by its Request; and old and hostile bodies written by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { filesOf } from "./form.js";
import { Refusal } from "./refusal.js";

const type = "multipart/form-data; boundary=x";
const part = (disposition: string, content: string, more = "") =>
  `--x\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n${content}\r\n`;
const body = (...parts: string[]) => Buffer.from(`${parts.join("")}--x--\r\n`);

function refused(code: string, sentence: RegExp) {
  return (error: unknown) => {
    assert(error instanceof Refusal);
    assert.equal(error.code, code);
    assert.match(error.message, sentence);
    return true;
  };
}

test("files come with their names and bytes, as the platform writes them", async () => {
  const form = new FormData();
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) % 251);
  form.append("note", "hello\r\n--x\r\n");
  form.append("image", new Blob([bytes]), "weiß.png");
  form.append("image", new Blob([]), "a name.png");
  const request = new Request("http://localhost", { method: "POST", body: form });
  const content = Buffer.from(await request.arrayBuffer());
  const files = filesOf(content, request.headers.get("content-type") ?? "", 10);
  assert.deepEqual(
    files.map(({ name }) => name),
    ["weiß.png", "a name.png"],
  );
  assert(Buffer.from(bytes).equals(files[0].bytes));
  assert.equal(files[1].bytes.length, 0);
});

test("a file's bytes are a view of the body", () => {
  const content = body(part('name="a"; filename="a.png"', "pixels"));
  const [{ bytes }] = filesOf(content, type, 1);
  assert.equal(bytes.buffer, content.buffer);
});

test("names lose their folders", () => {
  const names = ["/etc/passwd", "C:\\\\photos\\\\a.png", "photos/b.png", ""].map(
    (name) => filesOf(body(part(`name="a"; filename="${name}"`, "x")), type, 1)[0].name,
  );
  assert.deepEqual(names, ["passwd", "a.png", "b.png", "picture 1"]);
});

test("reading stops at the first limit: what follows is not even looked at", () => {
  const field = part('name="note"', "x");
  const file = part('name="a"; filename="a.png"', "x");
  const junk = Buffer.alloc(1000, "no form at all");
  const many = Buffer.concat([Buffer.from(field.repeat(106)), junk]);
  assert.throws(() => filesOf(many, type, 4), refused("too_large", /more than the 104 parts allowed/));
  const files = Buffer.concat([Buffer.from(file.repeat(6)), junk]);
  assert.throws(() => filesOf(files, type, 4), refused("too_many_images", /more than the 4 images allowed/));
  assert.equal(filesOf(body(field.repeat(100), file.repeat(4)), type, 4).length, 4);
});

test("malformed forms are refused, each with its reason", () => {
  const bad: [Buffer, string, RegExp][] = [
    [Buffer.from("x"), "multipart/form-data", /has no boundary/],
    [Buffer.from("x"), `multipart/form-data; boundary=${"x".repeat(71)}`, /longer than 70 bytes/],
    [Buffer.from("hello"), type, /./],
    [Buffer.from(part('name="a"', "x")), type, /./],
    [
      body(part('name="a"', "x", `X: ${"x".repeat(9000)}\r\n`)),
      type,
      /headers of a part are larger than 8000/,
    ],
    [
      Buffer.from('--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n--x--', "latin1"),
      type,
      /./,
    ],
  ];
  for (const [content, header, sentence] of bad) {
    assert.throws(() => filesOf(content, header, 4), refused("malformed", sentence));
  }
});
