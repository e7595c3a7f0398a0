"""`exchange-connector health`: for Docker, Kubernetes and people."""

from grpclib.exceptions import GRPCError, StreamTerminatedError

from service.client import Client
from service.failures import NotServing


async def check_health(host: str, port: int, token: str) -> str:
    """What to say of a connector that serves. Raises NotServing."""
    async with Client(host, port, token=token, name="health") as client:
        try:
            is_serving, reason = await client.health()
        except TimeoutError:
            raise NotServing(f"the connector at {host}:{port} takes connections and does not answer") from None
        except (OSError, StreamTerminatedError):
            raise NotServing(
                f"no connector answers at {host}:{port}; start one with: exchange-connector serve"
            ) from None
        except GRPCError as error:
            raise NotServing(f"{host}:{port}: {error.message or error.status.name}") from None
    if not is_serving:
        raise NotServing(f"not serving: {reason or 'the venue is not live'}")
    return "serving"
