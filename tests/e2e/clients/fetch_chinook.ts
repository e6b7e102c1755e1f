// openapi-typescript and openapi-fetch against Chinook: node fetch_chinook.js http://127.0.0.1:8000
import createClient from "openapi-fetch";
import type { paths } from "./chinook_types.js";

declare const process: { argv: string[] };
const client = createClient<paths>({ baseUrl: process.argv[2] });
const same = (found: unknown, wanted: unknown): void => {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
  }
};

const listed = await client.GET("/Artist", {
  params: { query: { Name__icontains: "ac/dc", sort: ["-ArtistId"], limit: 5 } },
});
same(listed.data?.items.map((one) => one.Name), ["AC/DC"]);
const albums = await client.GET("/Artist/{ArtistId}/Album", { params: { path: { ArtistId: 1 } } });
same(albums.data?.page.count, 2);
const made = await client.POST("/Genre", { body: { Name: "Polka" } });
same(made.response.status, 201);
const path = { GenreId: made.data!.GenreId };
same((await client.GET("/Genre/{GenreId}", { params: { path } })).data?.Name, "Polka");
const changed = await client.PATCH("/Genre/{GenreId}", { params: { path }, body: { Name: "Waltz" } });
same(changed.data?.Name, "Waltz");
same((await client.DELETE("/Genre/{GenreId}", { params: { path } })).response.status, 204);
same((await client.GET("/Genre/{GenreId}", { params: { path } })).error?.code, "not-found");
console.log("fetch: Chinook works");
