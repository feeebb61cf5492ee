"""What the local Auth takes from people before it asks the database."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.local_supabase.auth.users import ban_end, checked_address
from scripts.local_supabase.auth.wire import AuthFault

amounts = st.integers(min_value=0, max_value=9_999_999)


@given(hours=amounts, minutes=amounts, seconds=amounts, thousandths=amounts)
def test_ban_end__adds_up(hours: int, minutes: int, seconds: int, thousandths: int) -> None:
    before = datetime.now(UTC)
    end = ban_end(f"{hours}h{minutes}m{seconds}s{thousandths}ms")
    assert end is not None
    told = timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=thousandths)
    assert before <= end - told <= datetime.now(UTC)


def test_ban_end__of_none_lifts_the_ban() -> None:
    assert ban_end("none") is None


@given(st.text())
def test_ban_end__is_a_moment_or_a_fault(text: str) -> None:
    with suppress(AuthFault):
        assert ban_end(text) is None or text[-1] in "hms"


@given(st.emails())
def test_address__is_taken_in_lower_case(email: str) -> None:
    assert checked_address(email) == email.lower()


@given(st.text(max_size=300))
def test_address__is_checked_or_a_fault(text: str) -> None:
    with suppress(AuthFault):
        checked = checked_address(text)
        assert checked == text.lower()
        assert checked.isascii()
        assert checked.isprintable()
        assert len(checked) <= 255


@pytest.mark.parametrize("text", ["", "a", "@b.c", "a@", "a@b c", "a@b.c\n", "a@-b.c", "a@b.c-"])
def test_address__refuses(text: str) -> None:
    with pytest.raises(AuthFault) as caught:
        checked_address(text)
    assert (caught.value.status, caught.value.code) == (400, "validation_failed")


@pytest.mark.parametrize(
    "text", ["", "soon", "1", "h", "-1h", "1h 2m", "1d", "1h1h1h1h1h", "99999999h"]
)
def test_ban_end__refuses(text: str) -> None:
    with pytest.raises(AuthFault) as caught:
        ban_end(text)
    assert (caught.value.status, caught.value.code) == (400, "validation_failed")
