"""Files of many formats with a classification among their properties, where no tag is read."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable
from email.message import EmailMessage

import docx
import openpyxl

TEXT = "The ferry leaves the northern pier at noon."
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_OPEN = "urn:oasis:names:tc:opendocument:xmlns"


def word(parts: dict[str, str | bytes] | None = None, **core: str) -> bytes:
    """A document with core properties and more parts."""
    document = docx.Document()
    document.add_paragraph(TEXT)
    for name, value in core.items():
        setattr(document.core_properties, name, value)
    buffer = io.BytesIO()
    document.save(buffer)
    return _with_parts(buffer.getvalue(), parts or {})


def sheet(parts: dict[str, str | bytes]) -> bytes:
    """A workbook with more parts."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = TEXT
    buffer = io.BytesIO()
    book.save(buffer)
    return _with_parts(buffer.getvalue(), parts)


def custom(name: str, value: str) -> dict[str, str | bytes]:
    """The part of Office Open XML that holds properties which people named."""
    types = f"{_OFFICE}/docPropsVTypes"
    held = f'<property pid="2" name="{name}"><v:lpwstr xmlns:v="{types}">{value}</v:lpwstr></property>'
    return {"docProps/custom.xml": f'<Properties xmlns="{_OFFICE}/custom-properties">{held}</Properties>'}


def open_document(meta: str) -> bytes:
    """An OpenDocument text with elements among its metadata."""
    spaces = " ".join(f'xmlns:{name}="{_OPEN}:{name}:1.0"' for name in ("office", "meta", "text"))
    kind = "application/vnd.oasis.opendocument.text"
    manifest = f"{_OPEN}:manifest:1.0"
    return _archive(
        {
            "mimetype": kind,
            "content.xml": f"<office:document-content {spaces}><office:body><office:text><text:p>{TEXT}</text:p>"
            "</office:text></office:body></office:document-content>",
            "meta.xml": f"<office:document-meta {spaces}><office:meta>{meta}</office:meta></office:document-meta>",
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{manifest}"><m:file-entry m:full-path="/" '
            f'm:media-type="{kind}"/><m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>',
        }
    )


def pdf(information: str = "", packet: str = "", *, packed: bool = False) -> bytes:
    """A page with entries of its information, and with properties in XMP."""
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:x2="http://ns.adobe.com/pdfx/1.3/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{packet}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()
    stream, words = zlib.compress(xmp) if packed else xmp, f"BT /F1 14 Tf 50 200 Td ({TEXT}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Metadata 7 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(words), words),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<<{information}>>".encode("latin-1"),
        b"<</Type/Metadata/Subtype/XML/Length %d%s>>stream\n%s\nendstream"
        % (len(stream), b"/Filter/FlateDecode" if packed else b"", stream),
    ]
    written, places = b"%PDF-1.5\n", list[int]()
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj%sendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer<</Size %d/Root 1 0 R/Info 6 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(written))
    return written + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def mail(
    *headers: tuple[str, str], attached: Iterable[EmailMessage | tuple[str, bytes]] = (), text: str = TEXT
) -> EmailMessage:
    """A mail with headers, files and mails attached to it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ann@example.org", "bob@example.org", "Ferries"
    for name, value in headers:
        message[name] = value
    message.set_content(text)
    for one in attached:
        if isinstance(one, EmailMessage):
            message.add_attachment(one)
        else:
            message.add_attachment(one[1], maintype="application", subtype="octet-stream", filename=one[0])
    return message


def mailbox(*mails: EmailMessage) -> bytes:
    """A mailbox of mails."""
    return b"".join(b"From ann Mon Jan  1 00:00:00 2024\n" + one.as_bytes() + b"\n\n" for one in mails)


def rich(information: str) -> bytes:
    """RTF with groups in front of its text."""
    return f"{{\\rtf1\\ansi{information}{TEXT}\\par}}".encode("ascii")


def page(head: str) -> bytes:
    """A web page with elements in its head."""
    return f"<html><head>{head}</head><body><p>{TEXT}</p></body></html>".encode()


FILES: dict[str, Callable[[str], bytes]] = {
    "custom.docx": lambda level: word(custom("Classification", level)),
    "sensitivity.docx": lambda level: word(custom("Sensitivity", level)),
    "label.docx": lambda level: word(custom("MSIP_Label_0c1a_Name", level)),
    "any name.docx": lambda level: word(custom("Dokumentklasse", level)),
    "keywords.docx": lambda level: word(keywords=f"ferry; {level}"),
    "category.docx": lambda level: word(category=level),
    "comments.docx": lambda level: word(comments=f"Classification: {level}"),
    "library.docx": lambda level: word({"customXml/item1.xml": f"<p><Classification>{level}</Classification></p>"}),
    "embedded.docx": lambda level: word({"word/embeddings/b.docx": word(custom("Classification", level))}),
    "custom.xlsx": lambda level: sheet(custom("Classification", level)),
    "user.odt": lambda level: open_document(f'<meta:user-defined meta:name="Class">{level}</meta:user-defined>'),
    "keyword.odt": lambda level: open_document(f"<meta:keyword>{level}</meta:keyword>"),
    "custom.pdf": lambda level: pdf(f"/Classification({level})"),
    "escaped.pdf": lambda level: pdf(f"/Classifi#63ation<FEFF{level.encode('utf-16-be').hex()}>"),
    "label.pdf": lambda level: pdf(f"/MSIP_Label_0c1a_Enabled(true)/MSIP_Label_0c1a_Name({level})"),
    "keywords.pdf": lambda level: pdf(f"/Keywords(ferry, {level})"),
    "element.pdf": lambda level: pdf(packet=f"<x2:Sensitivity>{level}</x2:Sensitivity>"),
    "packed.pdf": lambda level: pdf(packet=f"<x2:Classification>{level}</x2:Classification>", packed=True),
    "subject.pdf": lambda level: pdf(
        packet=f"<dc:subject><rdf:Bag><rdf:li>ferry</rdf:li><rdf:li>{level}</rdf:li></rdf:Bag></dc:subject>"
    ),
    "label.eml": lambda level: mail(
        ("msip_labels", f"MSIP_Label_0c_Enabled=True;MSIP_Label_0c_Name={level};")
    ).as_bytes(),
    "keywords.eml": lambda level: mail(("Keywords", level)).as_bytes(),
    "attached.eml": lambda level: mail(attached=[mail(("X-Sensitivity", level))]).as_bytes(),
    "inner.eml": lambda level: mail(attached=[mail(text=f"Classification: {level}\n\n{TEXT}")]).as_bytes(),
    "file.eml": lambda level: mail(attached=[("b.docx", word(custom("Classification", level)))]).as_bytes(),
    "text.eml": lambda level: mail(attached=[("b.md", f"---\nclassification: {level}\n---\n".encode())]).as_bytes(),
    "later.mbox": lambda level: mailbox(mail(), mail(("X-Classification", level))),
    "words.mbox": lambda level: mailbox(mail(), mail(text=f"Classification: {level}\n\n{TEXT}")),
    "file.mbox": lambda level: mailbox(mail(), mail(attached=[("b.pdf", pdf(f"/Keywords({level})"))])),
    "custom.rtf": lambda level: rich(
        f"{{\\*\\userprops {{\\propname Classification}}\\proptype30{{\\staticval {level}}}}}"
    ),
    "keywords.rtf": lambda level: rich(f"{{\\info{{\\title T}}{{\\keywords ferry, {level}}}}}"),
    "comment.rtf": lambda level: rich(f"{{\\info{{\\doccomm Classification: {level}}}}}"),
    "sensitivity.html": lambda level: page(f'<meta name="sensitivity" content="{level}">'),
    "keywords.html": lambda level: page(f'<meta content="ferry, {level}" name="keywords">'),
}
"""By name: a file whose properties, or those of a file inside it, give a level."""


def _with_parts(data: bytes, parts: dict[str, str | bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        held: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    return _archive(held | parts)


def _archive(parts: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()
