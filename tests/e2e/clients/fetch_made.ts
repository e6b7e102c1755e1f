// openapi-typescript and openapi-fetch against the last of many tables: node fetch_made.js http://127.0.0.1:8000
import createClient from "openapi-fetch";
import type { paths } from "./made_types.js";

declare const process: { argv: string[] };
const client = createClient<paths>({ baseUrl: process.argv[2] });
const same = (found: unknown, wanted: unknown): void => {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
  }
};

const first = await client.POST("/table198s", { body: { column_0: "a", column_8: "b", column_16: "c" } });
same(first.response.status, 201);
const made = await client.POST("/table199s", {
  body: { column_0: "By fetch", column_5: "9.50", column_8: "b", column_16: "c", before_id: first.data!.id },
});
same([made.response.status, made.data?.column_5], [201, "9.50"]);
const path = { id: made.data!.id };
const listed = await client.GET("/table199s", {
  params: { query: { column_0__icontains: "fetch", column_5__gte: 9.5, sort: ["-id"], limit: 5 } },
});
same(listed.data?.items.map((one) => one.id), [path.id]);
const asked = await client.POST("/table199s/query", { body: { where: { before_id: first.data!.id } } });
same(asked.data?.items.length, 1);
const changed = await client.PATCH("/table199s/{id}", { params: { path }, body: { column_7: "2026-01-31" } });
same(changed.data?.column_7, "2026-01-31");
same((await client.GET("/table199s/{id}", { params: { path } })).data?.column_0, "By fetch");
same((await client.DELETE("/table199s/{id}", { params: { path } })).response.status, 204);
same((await client.GET("/table199s/{id}", { params: { path } })).error?.code, "not-found");
console.log("fetch: two hundred tables work");
