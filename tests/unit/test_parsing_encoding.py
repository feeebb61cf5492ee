"""Text in the encodings that files come in, and bytes that are no text."""

import pytest

from service.parsing import encoding


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("utf-8", "Größe 12 €"),
        ("utf-8-sig", "Größe 12 €"),
        ("utf-16", "Größe 12 € und مرحبا"),
        ("utf-16-le", "Hello wörld, this is text"),
        ("utf-16-be", "Hello wörld, this is text"),
        ("utf-32", "Größe 12 €"),
        ("cp1252", "Größe: 12 € – Müller"),
        ("cp1252", "Total: £1,000"),
        ("cp1252", "L’été dernier, le café coûtait 12 € à Besançon."),
        ("latin-1", "Montréal café 12"),
        ("cp1250", "Należność wynosi łącznie sto złotych, płatne do końca miesiąca."),
        ("cp1251", "Общая сумма счета составляет двенадцать рублей."),
        ("koi8_r", "Общая сумма счета составляет двенадцать рублей."),
        ("cp1256", "المجموع الكلي للفاتورة هو 12 دولار. العقد بين الطرفين"),
        ("iso8859_6", "المجموع الكلي للفاتورة هو العقد بين الطرفين"),
        ("cp932", "請求書の合計金額は一万二千円です。"),
        ("gb18030", "发票总金额为一万二千元。合同编号"),
        ("ascii", "plain\ttext\r\n\x0cwith a page"),
    ],
)
def test_decode__by_mark_by_form_or_by_likelihood(name: str, text: str) -> None:
    """E-DOC-05: decoded whatever the encoding."""
    assert encoding.decode_text(text.encode(name)) == text


@pytest.mark.parametrize(
    "data", [b"\0" * 100, b"abc\x01def", bytes(range(128, 256)), bytes(range(256)) * 4]
)
def test_decode__bytes_that_are_no_text(data: bytes) -> None:
    assert encoding.decode_text(data) is None


def test_decode__leaves_out_a_character_that_is_cut_off() -> None:
    assert encoding.decode_text("Straße".encode()[:5]) == "Stra"
    assert encoding.decode_text(b"") == ""
