from itertools import count

import pytest

from notify.memory import MemoryOutbox
from tests.contracts.outbox_contract import EVIDENCE, OutboxContract, OutboxDesk
from tests.notify.cases import due, route


class TestMemoryOutbox(OutboxContract):
    @pytest.fixture
    def desk(self) -> OutboxDesk:
        outbox, numbers = MemoryOutbox([route()]), count(1)

        def put() -> int:
            transition = next(numbers)
            outbox.put(due(transition=transition, evidence=EVIDENCE))
            return transition

        return OutboxDesk(outbox, route(), put)
