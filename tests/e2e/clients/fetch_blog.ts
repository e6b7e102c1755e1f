// openapi-typescript and openapi-fetch against the blog: node fetch_blog.js http://127.0.0.1:8000
import createClient from "openapi-fetch";
import type { paths } from "./blog_types.js";

declare const process: { argv: string[] };
const client = createClient<paths>({ baseUrl: process.argv[2] });
const same = (found: unknown, wanted: unknown): void => {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
  }
};

const made = await client.POST("/posts", { body: { title: "By fetch", author_id: 1 } });
same([made.response.status, made.data?.title], [201, "By fetch"]);
const id = made.data!.id;

const listed = await client.GET("/posts", {
  params: { query: { title__icontains: "fetch", author_id__in: [1, 2], sort: ["-id", "title"], limit: 5 } },
});
same(listed.data?.items.map((one) => one.id), [id]);
same(listed.data?.page.count, 1);

const one = await client.GET("/posts/{id}", { params: { path: { id } } });
same(one.data?.author_id, 1);
const asked = await client.POST("/posts/query", { body: { where: { id: { in: [id] } }, sort: ["id"] } });
same(asked.data?.items.length, 1);

const changed = await client.PATCH("/posts/{id}", { params: { path: { id } }, body: { body: "New." } });
same(changed.data?.body, "New.");

const author = await client.GET("/posts/{id}/author", { params: { path: { id } } });
same(author.data?.username, "ann");
const theirs = await client.GET("/users/{id}/posts", { params: { path: { id: 1 }, query: { sort: ["-id"] } } });
same(theirs.data?.items[0]?.id, id);

const refused = await client.POST("/posts", { body: { title: "x".repeat(300), author_id: 1 } });
same([refused.response.status, refused.error?.code, refused.error?.errors?.[0]?.pointer], [422, "invalid", "/title"]);

same((await client.DELETE("/posts/{id}", { params: { path: { id } } })).response.status, 204);
const gone = await client.GET("/posts/{id}", { params: { path: { id } } });
same([gone.response.status, gone.error?.code], [404, "not-found"]);
console.log("fetch: the blog works");
