// @hey-api/openapi-ts against the last of many tables: node hey_made.js http://127.0.0.1:8000
import { client } from "./hey_made/client.gen.js";
import * as made from "./hey_made/sdk.gen.js";

declare const process: { argv: string[] };
client.setConfig({ baseUrl: process.argv[2] as `http://${string}` });
const same = (found: unknown, wanted: unknown): void => {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
  }
};

const first = await made.createTable198({ body: { column_0: "a", column_8: "b", column_16: "c" } });
same(first.response?.status, 201);
const row = await made.createTable199({
  body: { column_0: "By hey", column_5: "9.50", column_8: "b", column_16: "c", before_id: first.data!.id },
});
same([row.response?.status, row.data?.column_5], [201, "9.50"]);
const path = { id: row.data!.id };
const listed = await made.listTable199S({
  query: { column_0__icontains: "hey", column_5__gte: 9.5, sort: ["-id"], limit: 5 },
});
same(listed.data?.items.map((one) => one.id), [path.id]);
same((await made.queryTable199S({ body: { where: { before_id: first.data!.id } } })).data?.items.length, 1);
same((await made.updateTable199({ path, body: { column_7: "2026-01-31" } })).data?.column_7, "2026-01-31");
same((await made.getTable199({ path })).data?.column_0, "By hey");
same((await made.deleteTable199({ path })).response?.status, 204);
same((await made.getTable199({ path })).error?.code, "not-found");
console.log("hey: two hundred tables work");
