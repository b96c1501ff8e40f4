"""How the address of an InfluxDB is written down."""

from pathlib import Path

import pytest

from core.errors import SetupError
from stores.influx.address import InfluxAddress


def test_version_one_has_a_user_and_a_database():
    found = InfluxAddress.parse("influx://night%20watt:p%40ss@db.local:9086/power%20data?version=1&timeout_s=2.5")
    assert (found.url, found.version, found.database) == ("http://db.local:9086", 1, "power data")
    assert (found.username, found.password, found.timeout_s) == ("night watt", "p@ss", 2.5)


def test_version_two_has_an_organisation_a_bucket_and_a_token():
    found = InfluxAddress.parse("influxs://[::1]/nightwatt?org=bureau", token="t0ken", ca=Path("/etc/ca.pem"))
    assert (found.url, found.version, found.database) == ("https://[::1]:8086", 2, "nightwatt")
    assert (found.org, found.token, found.hourly, found.ca) == (
        "bureau",
        "t0ken",
        "nightwatt_hourly",
        Path("/etc/ca.pem"),
    )


def test_a_password_given_apart_goes_before_that_of_the_address():
    assert InfluxAddress.parse("https://u:old@h/db", password="new").password == "new"


def test_secrets_are_not_in_what_is_printed_of_it():
    shown = repr(InfluxAddress.parse("influx://u:hidden-password@h/db", token="hidden-token"))
    assert "hidden" not in shown


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h:8086/db",
        "mqtt://h/db",
        "influx://h",
        "influx:///db",
        "influx://h:99999/db",
        "influx://u:secret@h:port/db",
        "influx://h/db?version=4",
        "influx://h/db?timeout_s=forever",
        "influx://h/db?timeout_s=nan",
        "influx://h/db?colour=red",
        "influx://h/db#part",
        "influx://[h/db",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_a_secret(url):
    with pytest.raises(SetupError) as refused:
        InfluxAddress.parse(url, token="s3cr3t-token")
    assert "secret" not in str(refused.value)
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize("token", ["s3cr3t\nX-Header: 1", "s3cr3t\x00", "s3cr3t夜"])
def test_a_token_that_no_header_can_hold_is_refused_without_repeating_it(token):
    with pytest.raises(SetupError, match="token") as refused:
        InfluxAddress.parse("influx://h/db", token=token)
    assert "s3cr3t" not in str(refused.value)
