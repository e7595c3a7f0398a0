"""Each request comes to exactly one outcome, and says truly whether it may have reached the venue."""

import gzip
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from resource import RLIM_INFINITY

import anyio
import pytest
import trio.testing

import transport.http
from sansio_exchange.machine import HttpFailed, HttpReply, SendHttp
from tests.transport.loopback import answering, listening, proxy, response, silent, unused_port
from transport.http import HttpPool, most_connections
from transport.network import tls_context

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def pool() -> AsyncIterator[HttpPool]:
    async with HttpPool(tls_context()) as opened:
        yield opened


async def send(url: str, method: str = "GET", body: bytes = b"", **headers: str) -> HttpReply | HttpFailed:
    async with pool() as connections:
        with anyio.fail_after(5):
            return await connections.call(SendHttp(7, method, url, headers, body)).run()


async def test_reply_has_status_headers_in_lower_case_and_body() -> None:
    async with listening(answering(response(b"{}", "X-Used-Weight: 3", status="418 Teapot"))) as port:
        reply = await send(f"http://127.0.0.1:{port}/x")
    assert isinstance(reply, HttpReply)
    assert (reply.request_id, reply.status, reply.body) == (7, 418, b"{}")
    assert reply.headers == {"content-length": "2", "x-used-weight": "3"}


async def test_request_goes_out_as_the_core_made_it() -> None:
    seen: list[bytes] = []
    query = "a=%5B%22BTCUSDT%22%5D&e=1%2B1&c=x-y_z.~&signature=ab12&list=[1,2]&at=a@b:c"
    async with listening(answering(response(b""), seen=seen)) as port:
        await send(f"http://127.0.0.1:{port}/p/q?{query}", "POST", b"k=v&s=%20", **{"X-MBX-APIKEY": "key"})
    head, _, body = seen[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == f"POST /p/q?{query} HTTP/1.1"
    assert "X-MBX-APIKEY: key" in lines
    assert "user-agent: exchange-connector" in [line.lower() for line in lines]
    assert body == b"k=v&s=%20"


async def test_packed_body_is_unpacked() -> None:
    packed = response(gzip.compress(b"much " * 1000), "Content-Encoding: gzip")
    async with listening(answering(packed)) as port:
        reply = await send(f"http://127.0.0.1:{port}/")
    assert isinstance(reply, HttpReply)
    assert reply.body == b"much " * 1000


async def test_html_is_a_reply_like_any_other() -> None:
    page = response(b"<html>Bad gateway</html>", "Content-Type: text/html", status="502 Bad Gateway")
    async with listening(answering(page)) as port:
        reply = await send(f"http://127.0.0.1:{port}/")
    assert isinstance(reply, HttpReply)
    assert (reply.status, reply.body) == (502, b"<html>Bad gateway</html>")


async def test_redirect_is_not_followed() -> None:
    async with listening(answering(response(b"", "Location: http://127.0.0.1:1/", status="302 Found"))) as port:
        reply = await send(f"http://127.0.0.1:{port}/")
    assert isinstance(reply, HttpReply)
    assert reply.status == 302


async def test_connection_is_used_again_and_cookies_are_not() -> None:
    seen: list[bytes] = []
    serve = answering(response(b"1", "Set-Cookie: id=5; Path=/"), response(b"2"), seen=seen)
    async with listening(serve) as port, pool() as connections:
        for number in (1, 2):
            reply = await connections.call(SendHttp(number, "GET", f"http://127.0.0.1:{port}/", {})).run()
            assert isinstance(reply, HttpReply)
            assert reply.body == b"%d" % number
    assert len(seen) == 2
    assert b"cookie" not in seen[1].lower()


async def test_refused_connection_was_certainly_not_sent() -> None:
    failed = await send(f"http://127.0.0.1:{await unused_port()}/", "POST")
    assert isinstance(failed, HttpFailed)
    assert not failed.maybe_sent
    assert "ConnectError" in failed.reason


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/"])
async def test_what_is_no_address_was_certainly_not_sent(url: str) -> None:
    failed = await send(url, "POST")
    assert isinstance(failed, HttpFailed)
    assert not failed.maybe_sent


async def test_failure_never_tells_the_address() -> None:
    failed = await send("ftp://127.0.0.1/?signature=secret")
    assert isinstance(failed, HttpFailed)
    assert "secret" not in failed.reason


@pytest.mark.parametrize(
    "cut",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"not http at all\r\n\r\n",
        response(b"abc", "Content-Encoding: gzip"),
        response(gzip.compress(b"abc")[:-9], "Content-Encoding: gzip"),
        response(b"abc", "Content-Encoding: br"),
    ],
    ids=["nothing", "half a head", "half a body", "half a chunk", "not http", "no gzip", "half a gzip", "br"],
)
async def test_reply_that_breaks_off_leaves_the_outcome_open(cut: bytes) -> None:
    async with listening(answering(cut)) as port:
        failed = await send(f"http://127.0.0.1:{port}/", "POST")
    assert isinstance(failed, HttpFailed)
    assert failed.maybe_sent
    assert failed.request_id == 7


# Where one stops reading early, httpx leaves its generators to the collector, and trio says so.
@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_body_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.http, "MAX_BODY", 100_000)
    async with listening(answering(response(b"x" * 100_001), response(b""))) as port:
        failed = await send(f"http://127.0.0.1:{port}/", "POST")
    assert isinstance(failed, HttpFailed)
    assert failed.maybe_sent
    assert "100000 bytes" in failed.reason


async def test_packed_bomb_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport.http, "MAX_BODY", 100_000)
    bomb = response(gzip.compress(b"0" * 10_000_000), "Content-Encoding: gzip")
    async with listening(answering(bomb)) as port:
        failed = await send(f"http://127.0.0.1:{port}/")
    assert isinstance(failed, HttpFailed)


async def test_expiry_after_sending_leaves_the_outcome_open() -> None:
    outcomes: list[HttpReply | HttpFailed] = []
    got = anyio.Event()

    async def never_answer(stream: anyio.abc.ByteStream) -> None:
        await stream.receive()
        got.set()
        await silent(stream)

    async with listening(never_answer) as port, pool() as connections, anyio.create_task_group() as tasks:
        call = connections.call(SendHttp(7, "POST", f"http://127.0.0.1:{port}/", {}))

        async def run() -> None:
            outcomes.append(await call.run())

        tasks.start_soon(run)
        await got.wait()
        call.expire()
    assert outcomes == [HttpFailed(7, maybe_sent=True, reason="no reply within 10 s")]


async def test_a_request_does_not_wait_behind_those_that_are_not_answered() -> None:
    """A slow venue has left unanswered what Gate's limits let through in three seconds; then an order is cancelled."""
    arrived: list[bytes] = []
    all_arrived, cancelled = anyio.Event(), anyio.Event()

    async def slow(stream: anyio.abc.ByteStream) -> None:
        arrived.append((await stream.receive()).split()[1])
        if len(arrived) == 300:
            all_arrived.set()
        if arrived[-1] == b"/cancel":
            cancelled.set()
        await silent(stream)

    async with listening(slow) as port, pool() as connections, anyio.create_task_group() as tasks:
        with anyio.fail_after(10):
            for number in range(300):
                tasks.start_soon(connections.call(SendHttp(number, "POST", f"http://127.0.0.1:{port}/p", {})).run)
            await all_arrived.wait()
            tasks.start_soon(connections.call(SendHttp(300, "POST", f"http://127.0.0.1:{port}/cancel", {})).run)
            await cancelled.wait()
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize(("files", "connections"), [(256, 128), (1_024, 512), (1_048_576, 600), (RLIM_INFINITY, 600)])
def test_half_of_the_files_are_left_to_others(monkeypatch: pytest.MonkeyPatch, files: int, connections: int) -> None:
    monkeypatch.setattr("transport.http.resource.getrlimit", lambda _: (files, files))
    assert most_connections() == connections


async def test_timeout_before_a_connection_stands_was_certainly_not_sent() -> None:
    # TCP stands, but the TLS handshake is never answered.
    async with listening(silent) as port, pool() as connections:
        failed = await connections.call(SendHttp(7, "POST", f"https://127.0.0.1:{port}/", {}, timeout=0.02)).run()
    assert failed == HttpFailed(7, maybe_sent=False, reason="ConnectTimeout")


async def test_call_that_expired_before_it_ran_is_not_sent() -> None:
    seen: list[bytes] = []
    async with listening(answering(response(b""), seen=seen)) as port, pool() as connections:
        call = connections.call(SendHttp(7, "POST", f"http://127.0.0.1:{port}/", {}))
        call.expire()
        failed = await call.run()
    assert isinstance(failed, HttpFailed)
    assert not failed.maybe_sent
    assert seen == []


@pytest.mark.usefixtures("trusted")
async def test_tls_with_a_trusted_certificate(server_tls: ssl.SSLContext) -> None:
    async with listening(answering(response(b"safe")), server_tls) as port:
        reply = await send(f"https://127.0.0.1:{port}/")
    assert isinstance(reply, HttpReply)
    assert reply.body == b"safe"


async def test_tls_with_an_unknown_certificate_is_refused_before_sending(server_tls: ssl.SSLContext) -> None:
    async with listening(answering(response(b"")), server_tls) as port:
        failed = await send(f"https://127.0.0.1:{port}/", "POST")
    assert isinstance(failed, HttpFailed)
    assert not failed.maybe_sent


@pytest.mark.usefixtures("trusted")
async def test_proxy_of_the_environment_is_used(server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    async with listening(answering(response(b"through")), server_tls) as port, listening(proxy(port, seen)) as at:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{at}")
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{at}")
        secure = await send("https://venue.test/a")
        plain = await send("http://venue.test/b")
    assert isinstance(secure, HttpReply)
    assert isinstance(plain, HttpReply)
    assert (secure.body, plain.body) == (b"through", b"from the proxy")
    assert [each.split(b"\r\n")[0] for each in seen] == [
        b"CONNECT venue.test:443 HTTP/1.1",
        b"GET http://venue.test/b HTTP/1.1",
    ]


async def test_proxy_is_never_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    async with listening(answering(response(b"direct"))) as port, listening(proxy(port, seen)) as at:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{at}")
        for host in ("127.0.0.1", "localhost"):
            reply = await send(f"http://{host}:{port}/")
            assert isinstance(reply, HttpReply)
            assert reply.body == b"direct"
    assert seen == []


async def test_refusal_by_the_proxy_was_certainly_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    async with listening(proxy(1, seen, refuse=True)) as at:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{at}")
        failed = await send("https://venue.test/", "POST")
    assert isinstance(failed, HttpFailed)
    assert not failed.maybe_sent
    assert len(seen) == 1


@pytest.mark.parametrize("anyio_backend", [("trio", {"clock": trio.testing.MockClock(autojump_threshold=0)})])
async def test_waiting_has_no_limit_of_its_own(anyio_backend: object) -> None:
    async def slow(stream: anyio.abc.ByteStream) -> None:
        await stream.receive()
        await anyio.sleep(3600)
        await stream.send(response(b"at last"))

    async with listening(slow) as port, pool() as connections:
        reply = await connections.call(SendHttp(7, "GET", f"http://127.0.0.1:{port}/", {}, timeout=4000)).run()
    assert isinstance(reply, HttpReply)
    assert reply.body == b"at last"
