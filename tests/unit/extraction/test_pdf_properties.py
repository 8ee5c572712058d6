"""Properties of a PDF are read whether or not it is encrypted, if it opens without a password."""

import io

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFStream
from reportlab.pdfgen.canvas import Canvas

from pipeline.extraction.properties import pdf

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:own="https://example.org/ns"><own:Classification>confidential</own:Classification>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


@pytest.mark.parametrize("encrypt", [None, StandardEncryption("", ownerPassword="owner")])
def test_xmp_is_read(encrypt: StandardEncryption | None) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt=encrypt)
    canvas.drawString(50, 700, "What a reader sees")
    stream = PDFStream(PDFDictionary({"Type": PDFName("Metadata"), "Subtype": PDFName("XML")}), XMP)
    stream.filters = ()
    catalogue = canvas._doc.Catalog
    catalogue.Metadata = canvas._doc.Reference(stream)
    catalogue.__NoDefault__ = [*catalogue.__NoDefault__, "Metadata"]
    canvas.save()
    found = [(one.name, one.value) for one in pdf.properties(buffer.getvalue())]
    assert ("Classification", "confidential") in found
