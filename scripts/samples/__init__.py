"""The project's own sample documents, each with what is true of it.

`python -m scripts.samples` makes the files. Whoever reads them takes the folder from here.
"""

from pathlib import Path

SAMPLES = Path(__file__).parent / "files" / "pdf"
OFFICE_SAMPLES = SAMPLES.with_name("office")
