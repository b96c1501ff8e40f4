import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.mask import mask, scrub

MASKED = [
    ("mailtos://user:pass@example.org?to=a@b.org", "mailtos://…"),
    ("JSON://127.0.0.1/token", "json://…"),
    ("  wecombot://key ", "wecombot://…"),
    ("just-a-token", "…"),
    ("", "…"),
]


@pytest.mark.parametrize(("address", "shown"), MASKED)
def test_only_the_scheme_of_an_address_is_shown(address: str, shown: str) -> None:
    assert mask(address) == shown


def test_provider_words_lose_every_part_of_the_address_however_it_is_written() -> None:
    address = "jsons://robot:s%C3%A9same@hooks.example.org/T0K3N?+Auth=Bearer%20xyz9"
    words = "401 for HTTPS://ROBOT:sésame@hooks.example.org/t0k3n with xyz9 (s%C3%A9same)\nrefused"
    found = scrub(words, address)
    assert not [part for part in ("robot", "sésame", "hooks", "t0k3n", "xyz9", "%C3") if part in found.lower()]
    assert found.startswith("401 for HTTPS://")
    assert found.endswith("refused")


@given(words=st.text(max_size=2000), token=st.from_regex(r"[a-z0-9]{8,20}", fullmatch=True))
def test_no_token_survives_and_the_line_stays_short(words: str, token: str) -> None:
    found = scrub(f"{words}{token}{words}", f"json://example.org/{token}")
    assert token not in found
    assert len(found) <= 200
    assert found.isprintable()
