// @hey-api/openapi-ts against Chinook: node hey_chinook.js http://127.0.0.1:8000
import { client } from "./hey_chinook/client.gen.js";
import * as chinook from "./hey_chinook/sdk.gen.js";

declare const process: { argv: string[] };
client.setConfig({ baseUrl: process.argv[2] as `http://${string}` });
const same = (found: unknown, wanted: unknown): void => {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
  }
};

const listed = await chinook.listArtist({ query: { Name__icontains: "ac/dc", sort: ["-ArtistId"], limit: 5 } });
same(listed.data?.items.map((one) => one.Name), ["AC/DC"]);
same((await chinook.listAlbumOfArtist({ path: { ArtistId: 1 } })).data?.page.count, 2);
const made = await chinook.createGenre({ body: { Name: "Polka" } });
same(made.response?.status, 201);
const path = { GenreId: made.data!.GenreId };
same((await chinook.getGenre({ path })).data?.Name, "Polka");
same((await chinook.updateGenre({ path, body: { Name: "Waltz" } })).data?.Name, "Waltz");
same((await chinook.deleteGenre({ path })).response?.status, 204);
same((await chinook.getGenre({ path })).error?.code, "not-found");
console.log("hey: Chinook works");
