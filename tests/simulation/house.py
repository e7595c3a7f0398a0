"""Where clients find the connector: whichever process runs now."""

import asyncio
from typing import Any

from grpclib.client import Channel
from grpclib.protocol import H2Protocol
from h2.settings import SettingCodes

from sansio_exchange.machine import Event
from sansio_exchange.simulation.world import World
from service.client import Client
from service.stubs.opensqt.market_maker import v1
from tests.simulation.pipe import End
from tests.simulation.served import Served


class House:
    """`served` is the present process's gRPC side, `all` are those before it, too."""

    def __init__(self, world: World, *, backlog: int) -> None:
        self.all: list[Served] = []
        self.clients: list[HouseClient] = []
        self._world = world
        self._backlog = backlog
        self._tasks: list[asyncio.Task[None]] = []
        self._connections = 0

    @property
    def served(self) -> Served:
        return self.all[-1]

    def boot(self, *, is_restart: bool = False) -> None:
        """A process begins; `is_restart` says that it remembers those before."""
        self.all.append(Served(self._world, backlog=self._backlog, is_restart=is_restart))
        self._tasks.append(asyncio.get_running_loop().create_task(self.served.run()))

    def close_clients(self) -> None:
        """Close what connections clients have."""
        for client in self.clients:
            client.close()

    def publish(self, event: Event) -> None:
        self.served.publish(event)

    def connect(self, client: asyncio.Protocol) -> End:
        """Raises ConnectionRefusedError where no process serves."""
        self._connections += 1
        return self.served.connect(client, self._connections)

    async def close(self) -> None:
        """End the present process in order, and wait for all."""
        self.served.stop()
        await asyncio.gather(*self._tasks)


class HouseChannel(Channel):
    """Connects to the house. With `window` the client's streams take so many bytes at most that it has not read."""

    def __init__(self, house: House, window: int | None = None) -> None:
        super().__init__()
        self.end: End | None = None
        self.served: Served | None = None
        """Whom it is connected to."""
        self.is_gone = False
        """Whether its program has ended, and connects no more."""
        self._house = house
        self._window = window

    def request(self, name: str, cardinality: Any, request_type: Any, reply_type: Any, **given: Any) -> Any:
        """As Channel's; but order updates are left as they came."""
        return super().request(
            name, cardinality, request_type, Update if reply_type is v1.OrderUpdate else reply_type, **given
        )

    async def _create_connection(self) -> H2Protocol:
        if self.is_gone:
            raise ConnectionRefusedError("the client is gone")
        protocol = self._protocol_factory()
        self.end = self._house.connect(protocol)
        self.served = self._house.served
        if self._window is not None:
            protocol.connection._connection.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: self._window})
            protocol.connection.flush()
        return protocol


class Update(bytes):
    """An order update as it came, to be compared with what was sent."""

    @staticmethod
    def FromString(data: bytes) -> "Update":  # noqa: N802 - what a codec asks for
        return Update(data)


class HouseClient(Client):
    """The connector's own client, in memory."""

    def __init__(self, house: House, name: str, *, window: int | None = None) -> None:
        super().__init__(name=name)
        self.channel = self._channel = HouseChannel(house, window)
        house.clients.append(self)
        self._metadata["x-correlation-id"] = name
        self.stub = v1.ExchangeServiceStub(self._channel, metadata=self._metadata)

    def close(self) -> None:
        self._channel.close()
