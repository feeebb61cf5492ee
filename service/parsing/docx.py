"""The parts of a DOCX that hold text, as HTML. `docx.xsl` says what becomes of each element."""

import fnmatch
import io
import zipfile
from pathlib import Path

from lxml import etree

from service.parsing.models import Unreadable

_PARTS = ("header*", "document*", "footnotes*", "endnotes*", "footer*")  # in reading order
_MAX_PART_BYTES = 64 * 1024 * 1024
# Strict files name the same elements by another namespace.
_STRICT_NAMESPACE = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_NAMESPACE = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_FAULTS = (
    zipfile.BadZipFile,
    etree.LxmlError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)


def to_html(data: bytes) -> str:
    """HTML of the document; hidden text carries the attribute hidden. Raises `Unreadable`."""
    transform = etree.XSLT(etree.parse(Path(__file__).with_suffix(".xsl")))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            names = _part_names(file)
            return "".join(str(transform(_parse_part(file, name))) for name in names)
    except _FAULTS as error:
        raise Unreadable("corrupt", "The file is damaged beyond repair.") from error


def _part_names(file: zipfile.ZipFile) -> list[str]:
    names: list[str] = []
    for part in _PARTS:
        names += fnmatch.filter(file.namelist(), f"word/{part}.xml")
    return names


def _parse_part(file: zipfile.ZipFile, name: str) -> etree._Element:
    if file.getinfo(name).file_size > _MAX_PART_BYTES:
        raise Unreadable("too_large", "The document unpacks to more than can be read.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    xml = file.read(name).replace(_STRICT_NAMESPACE, _NAMESPACE)
    return etree.fromstring(xml, parser)
