"""An InfluxDB behind TLS: only a certificate that is trusted will do."""

import datetime
import ipaddress
import ssl
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.errors import StoreAway
from core.readings import readings
from stores.influx.address import InfluxAddress
from stores.influx.store import InfluxSeries
from tests.cases import NOON, city
from tests.stores.http_peer import peer


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """File with a self-signed certificate of 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "influx")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return file


@pytest.mark.parametrize("version", [1, 2])
def test_a_certificate_is_trusted_where_it_is_named_and_not_otherwise(certificate, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def answer(asked):
        return (204, b"") if "write" in asked.path else (200, b'{"results":[]}')

    with peer(answer, tls=context) as server:
        address = InfluxAddress(server.url, version=version, org="bureau", token="t", ca=certificate)
        trusting, wary = InfluxSeries(address, city), InfluxSeries(replace(address, ca=None), city)
        assert trusting.append(readings([0], [NOON], p=[1.0])) == 1
        with pytest.raises(StoreAway, match=r"(?i)certificate"):
            wary.append(readings([0], [NOON], p=[1.0]))
        trusting.close()
        wary.close()
    assert len([asked for asked in server.asked if "write" in asked.path]) == 1
