"""What every answer tells the browser to do without, and which words of a proxy are believed."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = {
    "default-src": "'self'",
    # 'unsafe-inline': Gradio's page has scripts in it, its configuration among them. 'unsafe-eval': gr.HTML makes
    # functions of its templates and of js_on_load.
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",  # Svelte's and Plotly's styles, and style attributes everywhere
    "img-src": "'self' data: blob:",  # data: the examples, the overlay and the shelf. blob: a photo before it is sent
    "font-src": "'self' data:",  # Gradio's icons
    "media-src": "'self' blob: mediastream:",  # the webcam
    "connect-src": "'self' data: blob:",  # pictures from webcam and clipboard are read back through fetch
    "worker-src": "'self' blob:",  # Gradio's service worker; its code box highlights in one
    "object-src": "'none'",
    "base-uri": "'self'",  # the page sets its own
    "form-action": "'self'",
    "frame-ancestors": "'self' https://huggingface.co https://*.hf.space",  # a Space stands in a frame
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
}
HOST_HEADERS = (b"x-forwarded-host", b"x-gradio-server")  # by which Gradio tells the page its own address
PRIVATE_NETWORKS = "127.0.0.1,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"


def believe_the_proxy_of_a_space(environment: MutableMapping[str, str]) -> None:
    """On a Space, the address of a visitor is the last one that its proxies, which have private addresses, forwarded.

    Elsewhere uvicorn believes this machine alone, or whom FORWARDED_ALLOW_IPS names.
    """
    if environment.get("SPACE_ID"):
        environment.setdefault("FORWARDED_ALLOW_IPS", PRIVATE_NETWORKS)


class Headers:
    """ASGI middleware: `HEADERS` go with every answer. A host that a proxy forwards is heard if it is the Space's own.

    Anybody can send such a header, and would get the page with another server's address in it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.own_host = app, os.environ.get("SPACE_HOST", "").encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        headers = [pair for pair in scope["headers"] if pair[0] not in HOST_HEADERS or pair[1] == self.own_host]
        await self.app({**scope, "headers": headers}, receive, send_with_headers)
