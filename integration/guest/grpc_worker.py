"""A real server of gRPC's health protocol, by gRPC's own library.

Arguments: its address, a port, a port for TLS, and the files of the certificate and its key. Reads
one JSON command per line on stdin and answers each with one line: `set` with `service` and
`status`, a number of grpc.health.v1 (1 serves, 2 does not).
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

METHOD = "/grpc.health.v1.Health/Check"


class Health(grpc.GenericRpcHandler):
    """The one method; its two messages have one field each, so no compiler of them is needed."""

    def __init__(self) -> None:
        self.status = {"": 1}

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        if call.method != METHOD:
            return None
        return grpc.unary_unary_rpc_method_handler(self.check)

    def check(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        # HealthCheckRequest: field 1 is a string, shorter here than 128 bytes.
        name = request[2:2 + request[1]].decode() if request else ""
        if name not in self.status:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no service {name}")
        # HealthCheckResponse: field 1 is a number.
        return bytes([0x08, self.status[name]])


def main(address: str, port: str, tls_port: str, certificate: str, key: str) -> None:
    health = Health()
    server = grpc.server(ThreadPoolExecutor(max_workers=2), handlers=(health,))
    with open(key, "rb") as private, open(certificate, "rb") as public:
        secure = grpc.ssl_server_credentials([(private.read(), public.read())])
    bound = [server.add_insecure_port(f"{address}:{port}"),
             server.add_secure_port(f"{address}:{tls_port}", secure)]
    if 0 in bound:
        sys.exit(f"cannot listen at {address}: {bound}")
    server.start()
    for line in sys.stdin:
        command = json.loads(line)
        health.status[command["service"]] = command["status"]
        print("ok", flush=True)
    server.stop(None)


if __name__ == "__main__":
    main(*sys.argv[1:])
