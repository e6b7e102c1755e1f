"""Notice: the clinics share one database, which comes from the environment or is a file.

Run it with: portico serve examples.clinic.main:app
"""

from portico import Database, get_settings

from .api import clinic

app = clinic(Database(get_settings().database_url or "sqlite:///clinic.db"))
