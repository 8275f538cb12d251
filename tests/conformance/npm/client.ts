// What a user of the generated module `shop` writes: every call has to succeed, with typed results.
// Compiled with tsc --strict, run by node: node use_typescript_client.js http://127.0.0.1:8080 TOKEN

import assert from "node:assert/strict";
import * as shop from "./shop.js";

const [url, token] = process.argv.slice(2);
shop.defaults.baseUrl = `${url}/shop/v1`;

const created = await shop.featuresShopCreateOrder(
  {
    customer: { name: "Zoë", email: null },
    lines: [{ article: "AB-123", quantity: 2, price: 9.5 }, { article: "CD-456", quantity: 1 }],
    payment: { kind: "card", last_digits: "1234", code: "999" },
    due: "2026-03-04T10:11:12Z",
    notes: { floor: "2nd" },
  },
  { xTrace: 7 },
);
assert(created.status === 201, JSON.stringify(created));
const order = created.data as shop.OrderRead;
assert.equal(order.status, "open");
assert.equal(order.customer.name, "Zoë");
assert.deepEqual(order.payment, { kind: "card", last_digits: "1234" });
assert.equal(order.due, "2026-03-04T10:11:12Z");

const id = order.id as string;
const same = await shop.featuresShopGetOrder(id);
assert(same.status === 200);
assert.deepEqual(same.data, order);

const changed = await shop.featuresShopChangeOrder(id, { status: "paid" });
assert(changed.status === 200 && changed.data.status === "paid", JSON.stringify(changed));

const lines = await shop.featuresShopGetLines(id, 1, 1);
assert(lines.status === 200);
assert.deepEqual(lines.data, order.lines.slice(1));

const listed = await shop.featuresShopListOrders({
  limit: 50,
  status: "paid",
  tag: ["red", "blue"],
  fields: ["id", "total"],
  between: { from: "2026-01-01" },
});
assert(listed.status === 200, JSON.stringify(listed));
assert((listed.data as shop.OrderRead[]).some((one) => one.id === id));

const sent = await shop.featuresShopUploadPhoto({
  photo: new Blob(["12345"]) as never,
  about: { title: "Mine" },
  tags: ["t-a", "t-b"],
});
assert(sent.status === 200, JSON.stringify(sent));
assert.deepEqual(sent.data, { bytes: 5, title: "Mine", tags: ["t-a", "t-b"] });

const login = await shop.featuresShopLogin({ name: "zoe", password: "x" });
assert(login.status === 200, JSON.stringify(login));
assert.equal(login.data, "Welcome, zoe");

shop.defaults.headers = { Authorization: `Bearer ${token}` };
const me = await shop.featuresShopGetMe();
assert(me.status === 200, JSON.stringify(me));
assert.deepEqual(me.data, { user: "u1" });

const deleted = await shop.featuresShopDeleteOrder(id);
assert.equal(deleted.status, 204);
const gone = await shop.featuresShopGetOrder(id);
assert.equal((gone.data as shop.Error).error, "ORDER_NOT_FOUND");
console.log("all calls succeeded");
