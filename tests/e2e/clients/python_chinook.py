"""openapi-python-client against Chinook: python python_chinook.py http://127.0.0.1:8000."""

import sys

from chinook_client import Client
from chinook_client.api.artist import list_artist
from chinook_client.api.artist_album import list_album_of_artist
from chinook_client.api.genre import create_genre, delete_genre, get_genre, update_genre
from chinook_client.models import Problem
from chinook_client.models.album_page import AlbumPage
from chinook_client.models.artist_page import ArtistPage
from chinook_client.models.genre_create import GenreCreate
from chinook_client.models.genre_read import GenreRead
from chinook_client.models.genre_update import GenreUpdate

client = Client(base_url=sys.argv[1])

listed = list_artist.sync(client=client, name_icontains="ac/dc", limit=5)
assert isinstance(listed, ArtistPage)
assert [one.name for one in listed.items] == ["AC/DC"]
albums = list_album_of_artist.sync(1, client=client)
assert isinstance(albums, AlbumPage)
assert albums.page.count == 2
made = create_genre.sync(client=client, body=GenreCreate(name="Polka"))
assert isinstance(made, GenreRead)
one = get_genre.sync(made.genre_id, client=client)
assert isinstance(one, GenreRead)
changed = update_genre.sync(made.genre_id, client=client, body=GenreUpdate(name="Waltz"))
assert isinstance(changed, GenreRead)
assert changed.name == "Waltz"
assert delete_genre.sync_detailed(made.genre_id, client=client).status_code == 204
gone = get_genre.sync(made.genre_id, client=client)
assert isinstance(gone, Problem)
print("python: Chinook works")
