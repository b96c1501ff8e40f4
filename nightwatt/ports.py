"""TCP ports: are they free?"""

import socket

from core.errors import SetupError


def check_free(host: str, port: int, *, what: str, variable: str) -> None:
    """SetupError, naming the variable that moves it, where the port can't be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are still ending counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupError(
                f"port {port} for {what} can't be used ({error.strerror}); free it or set {variable}"
            ) from error
