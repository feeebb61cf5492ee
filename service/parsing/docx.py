"""The parts of a DOCX that hold text, as HTML. What becomes of each element is `docx.xsl`."""

import fnmatch
import io
import zipfile
from pathlib import Path

from lxml import etree

from service.parsing.models import Unreadable

_PARTS = ("header*", "document*", "footnotes*", "endnotes*", "footer*")  # as they are read
_MAX_PART_BYTES = 64 * 1024 * 1024
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_W = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def markup(data: bytes) -> str:
    """HTML of the document; hidden text carries the attribute hidden. Raises `Unreadable`."""
    transform = etree.XSLT(etree.parse(Path(__file__).with_suffix(".xsl")))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            names = [
                name
                for part in _PARTS
                for name in fnmatch.filter(file.namelist(), f"word/{part}.xml")
            ]
            return "".join(str(transform(_root(file, name))) for name in names)
    except (
        zipfile.BadZipFile,
        etree.LxmlError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
    ) as error:
        raise Unreadable("corrupt", "The file is damaged beyond repair.") from error


def _root(file: zipfile.ZipFile, name: str) -> etree._Element:
    if file.getinfo(name).file_size > _MAX_PART_BYTES:
        raise Unreadable("too_large", "The document unpacks to more than can be read.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(file.read(name).replace(_STRICT, _W), parser)
