"""The broker as it is deployed: the very same mosquitto.conf and acl, certificate and accounts made by deploy/."""

import contextlib
import getpass
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.mosquitto import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
DEADLINE_S = 20


class DeployedBroker:
    """Its paths and port are put in the place of the real ones; nothing else is changed."""

    def __init__(self, binary: str, folder: Path) -> None:
        self._binary, self.folder, self.port = binary, folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.ca = folder / "certificates" / "ca.crt"
        self._prepare()

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            command = [self._binary, "-c", "mosquitto.conf"]
            self._process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        deadline = time.monotonic() + DEADLINE_S
        while not self._answers():
            assert self._process.poll() is None, f"mosquitto ended by itself:\n{self.log()}"
            assert time.monotonic() < deadline, f"mosquitto takes no connections:\n{self.log()}"
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(DEADLINE_S)
            self._process = None

    def account(self, name: str) -> str:
        """A new account as an operator makes it; the password."""
        command = ["sh", DEPLOY / "add-meter.sh", "-f", self.folder / "passwords", name]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", errors="replace")

    def _prepare(self) -> None:
        names = [self.folder / "certificates", "localhost", "127.0.0.1"]
        subprocess.run(["sh", DEPLOY / "certificates.sh", *names], check=True, capture_output=True)
        if (self.folder / "certificates" / "server.key").owner() != getpass.getuser():
            shutil.chown(self.folder / "certificates" / "server.key", getpass.getuser())
        conf = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text("utf-8")
        assert conf.count("\nlistener 8883\n") == 1
        conf = conf.replace("\nlistener 8883\n", f"\nlistener {self.port} 127.0.0.1\n")
        conf = conf.replace("/etc/nightwatt/mosquitto/", f"{self.folder}/")
        # Started as root it would change to a user who can't read the folder.
        (self.folder / "mosquitto.conf").write_text(f"{conf}\nuser {getpass.getuser()}\n", "utf-8")
        shutil.copy(DEPLOY / "mosquitto" / "acl", self.folder / "acl")
        (self.folder / "passwords").touch()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


@contextlib.contextmanager
def deployed_broker(folder: Path, *, accounts: tuple[str, ...]) -> Iterator[tuple[DeployedBroker, dict[str, str]]]:
    """A started broker and the passwords of its accounts; skipped where there is no mosquitto (fails in CI)."""
    binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if binary is None:
        pytest.skip("mosquitto is not installed (apt-get install mosquitto)")
    broker = DeployedBroker(binary, folder)
    passwords = {name: broker.account(name) for name in accounts}
    try:
        broker.start()
        yield broker, passwords
    finally:
        broker.stop()


class Client:
    """One connection, as a meter or a service has it. `refused` says why there is none."""

    def __init__(
        self, broker: DeployedBroker, name: str | None, password: str = "", *, id: str = "", tls: bool = True
    ) -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=id, clean_session=not id)
        if name is not None:
            self._client.username_pw_set(name, password)
        if tls:
            self._client.tls_set(ca_certs=str(broker.ca), cert_reqs=ssl.CERT_REQUIRED)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_disconnect = self._on_disconnect
        self.refused = ""
        self._answered, self._subscribed = threading.Event(), threading.Event()
        self._heard: list[tuple[str, bytes]] = []
        self._news = threading.Condition()
        self._client.connect("localhost", broker.port)
        self._client.loop_start()
        assert self._answered.wait(DEADLINE_S), "the broker does not answer"

    def subscribe(self, topic: str) -> None:
        self._subscribed.clear()
        self._client.subscribe(topic, qos=1)
        assert self._subscribed.wait(DEADLINE_S), "no answer to the subscription"

    def publish(self, topic: str, payload: str | bytes) -> None:
        """Returns once the broker has acknowledged, which it does for what it refuses as well."""
        sent = self._client.publish(topic, payload, qos=1)
        sent.wait_for_publish(DEADLINE_S)
        assert sent.is_published(), f"no acknowledgement of {topic}"

    def heard_until(self, last: bytes) -> list[tuple[str, bytes]]:
        """(topic, payload) of everything up to the message with that payload, in order."""
        with self._news:
            found = self._news.wait_for(lambda: any(payload == last for _, payload in self._heard), DEADLINE_S)
            assert found, f"{last!r} did not come; heard {self._heard[-5:]}"
            return list(self._heard)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _on_connect(self, _client: object, _userdata: object, _flags: object, reason: object, _more: object) -> None:
        self.refused = str(reason) if reason.is_failure else ""  # type: ignore[attr-defined]
        self._answered.set()

    def _on_disconnect(self, *_: object) -> None:
        if not self._answered.is_set():
            self.refused = "cut off"
            self._answered.set()

    def _on_message(self, _client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        with self._news:
            self._heard.append((message.topic, bytes(message.payload)))
            self._news.notify_all()
