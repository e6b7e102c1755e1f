// @hey-api/openapi-ts against the blog: node hey_blog.js http://127.0.0.1:8000
import { client } from "./hey_blog/client.gen.js";
import * as blog from "./hey_blog/sdk.gen.js";

declare const process: { argv: string[] };
client.setConfig({ baseUrl: process.argv[2] as `http://${string}` });
const same = (found: unknown, wanted: unknown): void => {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
  }
};

const made = await blog.createPost({ body: { title: "By hey", author_id: 1 } });
same([made.response?.status, made.data?.title], [201, "By hey"]);
const id = made.data!.id;

const listed = await blog.listPosts({
  query: { title__icontains: "hey", author_id__in: [1, 2], sort: ["-id", "title"], limit: 5 },
});
same(listed.data?.items.map((one) => one.id), [id]);
same((await blog.getPost({ path: { id } })).data?.author_id, 1);
const asked = await blog.queryPosts({ body: { where: { id: { in: [id] } }, sort: ["id"] } });
same(asked.data?.items.length, 1);
same((await blog.updatePost({ path: { id }, body: { body: "New." } })).data?.body, "New.");
same((await blog.getAuthorOfPost({ path: { id } })).data?.username, "ann");
same((await blog.listPostsOfUser({ path: { id: 1 }, query: { sort: ["-id"] } })).data?.items[0]?.id, id);

const refused = await blog.createPost({ body: { title: "x".repeat(300), author_id: 1 } });
same([refused.response?.status, refused.error?.code], [422, "invalid"]);
same((await blog.deletePost({ path: { id } })).response?.status, 204);
same((await blog.getPost({ path: { id } })).error?.code, "not-found");
console.log("hey: the blog works");
