"""Checks of servers that others wrote: nginx over HTTP/2 and TLS, and gRPC's own library."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from cases_worker import expect, results
from farm import NAME, Farm, address
from harness import Lab, case, demand
from shell import network_namespace, run, wait_until
from worker import Program

VIP, NAME_OF_VIP = "203.0.113.65", "protocols"
FOLDER = "/tmp/lab-protocols"
HOST = "www.example.org"
SERVER = address(5, 4)
PLAIN, SECURE, GRPC, GRPC_TLS = 8082, 8443, 50051, 50052
# More than half of what HTTP/2 lets a server send before it is given leave to go on.
LARGE = bytes(number * 7 % 251 for number in range(60_000))
TLS = f"host: {HOST}, ca: {FOLDER}/cert.pem"
GRPC_SECURE = f"tls: true, sni: {HOST}, ca: {FOLDER}/cert.pem"

NGINX = f"""\
daemon off;
master_process off;
pid {FOLDER}/nginx.pid;
error_log stderr warn;
events {{}}
http {{
  access_log off;
  client_body_temp_path {FOLDER}/t; proxy_temp_path {FOLDER}/t; fastcgi_temp_path {FOLDER}/t;
  uwsgi_temp_path {FOLDER}/t; scgi_temp_path {FOLDER}/t;
  ssl_certificate {FOLDER}/cert.pem;
  ssl_certificate_key {FOLDER}/key.pem;
  server {{
    listen {SERVER}:{PLAIN} http2;
    listen {SERVER}:{SECURE} ssl http2;
    root {FOLDER};
    location = /ready {{ return 200 "ready to serve"; }}
    location = /busy {{ return 503; }}
  }}
}}
"""

# Service, check, and the code that it must have.
CHECKS: tuple[tuple[str, str, str], ...] = (
    ("h2", f"type: http, version: 2, port: {PLAIN}, path: /ready, expect: {{ body: ready }}",
     "L7OK"),
    ("h2-tls", f"type: https, version: 2, port: {SECURE}, path: /ready, {TLS}", "L7OK"),
    ("h2-large", f"type: https, version: 2, port: {SECURE}, path: /large, {TLS},"
                 f" expect: {{ body-sha256: {hashlib.sha256(LARGE).hexdigest()} }}", "L7OK"),
    ("h1-tls", f"type: https, port: {SECURE}, path: /ready, {TLS}", "L7OK"),
    ("tls", f"type: tls, port: {SECURE}, sni: {HOST}, ca: {FOLDER}/cert.pem, alpn: [h2]", "L6OK"),
    ("h2-busy", f"type: http, version: 2, port: {PLAIN}, path: /busy", "L7STS"),
    ("h2-missing", f"type: https, version: 2, port: {SECURE}, path: /missing, {TLS}", "L7STS"),
    ("h2-unknown-ca", f"type: https, version: 2, port: {SECURE}, path: /ready, host: {HOST}",
     "L6RSP"),
    ("grpc", f"type: grpc, port: {GRPC}", "L7OK"),
    ("grpc-named", f"type: grpc, port: {GRPC}, service: shop.Cart", "L7OK"),
    ("grpc-tls", f"type: grpc, port: {GRPC_TLS}, service: shop.Cart, {GRPC_SECURE}", "L7OK"),
    ("grpc-not-serving", f"type: grpc, port: {GRPC}, service: shop.Till", "L7STS"),
    ("grpc-unknown", f"type: grpc, port: {GRPC_TLS}, service: shop.None, {GRPC_SECURE}", "L7STS"),
)
GOOD = ("L7OK", "L6OK")
# Whatever becomes of a check whose server is gone.
GONE = ("L4CON", "L4TOUT", "L6RSP", "L6TOUT", "L7RSP")


def configuration() -> str:
    services = "\n".join(
        f"      - {{ name: {name}, listen: {8301 + number}/tcp, backends: [{SERVER}], gate: false,"
        f" checks: [{{ {check}, every: 2s, timeout: 1900ms, rise: 1, fall: 1 }}] }}"
        for number, (name, check, _) in enumerate(CHECKS)
    )
    return f"""\
  - name: {NAME_OF_VIP}
    address: {VIP}
    advertise: {{ hold-up: 0s, damping: off }}
    services:
      - {{ name: anything, listen: 80/tcp, backends: [{SERVER}], checks: [{{ type: exec,
          command: [/bin/true] }}] }}
{services}
"""


def start_nginx() -> subprocess.Popen[bytes]:
    with open(f"{FOLDER}/nginx.log", "ab") as log, network_namespace(f"/run/netns/{NAME}"):
        return subprocess.Popen(
            ["nginx", "-p", FOLDER, "-c", f"{FOLDER}/nginx.conf", "-e", "stderr"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )


@contextmanager
def servers() -> Iterator[tuple[subprocess.Popen[bytes], Program]]:
    """nginx and the server of gRPC, with a certificate that signs itself."""
    Farm.shared()
    os.makedirs(f"{FOLDER}/t", exist_ok=True)
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-keyout", f"{FOLDER}/key.pem", "-out", f"{FOLDER}/cert.pem", "-days", "30",
        "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}")
    with open(f"{FOLDER}/large", "wb") as file:
        file.write(LARGE)
    with open(f"{FOLDER}/nginx.conf", "w", encoding="utf-8") as file:
        file.write(NGINX)
    nginx = start_nginx()
    script = os.path.join(os.path.dirname(__file__), "grpc_worker.py")
    health = Program(
        f"/run/netns/{NAME}", sys.executable, script,
        SERVER, str(GRPC), str(GRPC_TLS), f"{FOLDER}/cert.pem", f"{FOLDER}/key.pem")
    try:
        yield nginx, health
    finally:
        nginx.kill()
        nginx.wait()
        health.kill()
        shutil.rmtree(FOLDER)


def serve(health: Program, service: str, status: int) -> None:
    health.say(f'{{"service": "{service}", "status": {status}}}')


@case("HTTP/2, TLS and gRPC: nginx and gRPC's own library pass and fail as they should")
def protocols(lab: Lab) -> str:
    lab.steady()
    with open(lab.a.config, encoding="utf-8") as file:
        usual = file.read()
    wanted = {
        name: ("up" if code in GOOD else "down", (code,)) for name, _, code in CHECKS
    }
    with servers() as (nginx, health):
        try:
            serve(health, "shop.Cart", 1)
            serve(health, "shop.Till", 2)
            lab.a.configure(lab.binary, usual + configuration())
            expect(lab.a, wanted, NAME_OF_VIP)
            found = results(lab.a, NAME_OF_VIP)
            serve(health, "shop.Cart", 2)
            stopped = {name: ("down", ("L7STS",)) for name in ("grpc-named", "grpc-tls")}
            expect(lab.a, wanted | stopped, NAME_OF_VIP)
            serve(health, "shop.Cart", 1)
            expect(lab.a, wanted, NAME_OF_VIP)
            nginx.send_signal(signal.SIGKILL)
            nginx.wait()
            dead = {
                name: ("down", GONE) for name, check, code in CHECKS
                if code in GOOD and "grpc" not in check
            }
            demand(len(dead) == 5, f"control: nginx has the checks {sorted(dead)}")
            expect(lab.a, {**wanted, **dead} | {
                name: ("down", GONE) for name in ("h2-busy", "h2-missing", "h2-unknown-ca")},
                NAME_OF_VIP)
        finally:
            lab.a.configure(lab.binary, usual)
            wait_until("the VIP's services to be let go", lambda: (
                not [key for key in lab.a.table() if VIP in key], str(list(lab.a.table()))))
    lab.fabric.expect_announcers(set(), (VIP,))
    return "; ".join(f"{name} {said}" for name, (_, said) in found.items() if name in wanted)
