// The worst attack of all, for a moment: `npm run torture` runs all of them for longer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { attackService } from "./attack-service.js";

test("good clients are served while others send 1,600 requests at once and read nothing", async () => {
  const rows = await attackService({ seconds: 4, only: "1,600" });
  assert.equal(rows.length, 1);
  const [{ tried, survived, worstMegabytes, notes }] = rows;
  // How many are served in time depends on the machine; that the service neither dies nor fills its memory does not.
  assert(survived > 0 && survived <= tried, notes.join("\n"));
  assert((worstMegabytes ?? 0) < 200, `${worstMegabytes} MB`);
});
