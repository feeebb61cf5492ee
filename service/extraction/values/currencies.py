"""Currencies as printed: codes, signs and words, and which currency each can mean."""

import re
from collections.abc import Iterable

from babel.numbers import get_territory_currencies

from service.extraction.values.characters import base

_TABLE = """
AED ARS BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KES KRW KWD MAD
MXN MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD VND ZAR AUD
US$=USD CA$=CAD C$=CAD AU$=AUD A$=AUD NZ$=NZD HK$=HKD S$=SGD R$=BRL MX$=MXN NT$=TWD
$=USD,CAD,AUD,MXN €=EUR £=GBP ¥=JPY,CNY 円=JPY 元=CNY ₹=INR ₽=RUB ₴=UAH ₩=KRW ฿=THB บาท=THB
₫=VND ₺=TRY ₪=ILS ₦=NGN ₱=PHP zł=PLN kč=CZK ft=HUF lei=RON руб=RUB tl=TRY euro=EUR euros=EUR
kr=SEK,NOK,DKK,ISK fr=CHF sfr=CHF
"""
_MEANT = {sign: tuple((codes or sign).split(",")) for sign, codes in re.findall(r"([^\s=]+)=?(\S*)", _TABLE)}
_HOME = dict(re.findall(r"(..)=(...)", "sv=SEK nb=NOK no=NOK da=DKK is=ISK ja=JPY zh=CNY"))


def _either(signs: Iterable[str]) -> str:
    return "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True))


_words = {sign for sign in _MEANT if sign.islower()}
_codes = {sign for sign in _MEANT if sign.isupper() and sign.isalpha()}
CURRENCY = (
    rf"(?:{_either(_MEANT.keys() - _words - _codes)}|"
    rf"(?<![^\W\d_])(?:{_either(_codes)}|(?i:{_either(_words)})\.?)(?![^\W\d_]))"
)


def resolve(sign: str, language: str) -> tuple[str, ...]:
    """The ISO codes a printed sign can mean in this language."""
    meant = _MEANT.get(sign) or _MEANT[sign.rstrip(".").lower()]
    region = language.replace("_", "-").partition("-")[2].upper()
    local = get_territory_currencies(region) if region else [_HOME.get(base(language), "")]
    # A bare $ is the US dollar except where it may be the country's own sign.
    dollar = sign == "$" and base(language) not in {"es", "pt"}
    home = [code for code in local if code in meant] or (["USD"] if dollar else [])
    return (str(home[0]),) if home else meant


def currencies(text: str, language: str) -> set[tuple[str, ...]]:
    """Every currency that a folded text names, each as the codes it can mean."""
    return {resolve(sign, language) for sign in re.findall(CURRENCY, text)}
