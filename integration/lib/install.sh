# shellcheck shell=bash
# Installs what the build and the lab need. Fast and silent when everything is there.

# Build: the two netlink libraries. Lab: a kernel with IPVS, an emulator, and the real FRR,
# IPVS and LXC tools, which only ever run inside the lab's virtual machine.
BUILD_PACKAGES=(libnl-3-dev libnl-genl-3-dev pkg-config)
LAB_PACKAGES=(
  busybox-static cpio curl frr frr-pythontools iproute2 ipvsadm kmod linux-image-cloud-amd64 lxc nftables
  nginx-light openssl procps python3 python3-grpcio qemu-system-x86 tcpdump util-linux
)
# The peers that only the benchmarks stand beside, and a compiler for the one in C.
BENCH_PACKAGES=(gcc keepalived libc6-dev)
# What the native half of the benchmarks needs, which has no virtual machine.
ROUTE_PACKAGES=(bird2 exabgp frr iproute2 procps python3 python3-venv util-linux)
# The one peer that no distribution has.
CHECKER=anycast-healthchecker==0.9.10

missing_packages() {
  local package
  for package in "$@"; do
    # shellcheck disable=SC2016 # dpkg-query's own format
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] ||
      printf '%s\n' "$package"
  done
}

# Debian 12 ships virtiofsd with QEMU; later releases have it in a package of its own.
virtiofsd_path() {
  local path
  for path in /usr/libexec/virtiofsd /usr/lib/qemu/virtiofsd; do
    if [ -x "$path" ]; then
      printf '%s\n' "$path"
      return 0
    fi
  done
  return 1
}

apt_install() { # PACKAGE...
  local had_policy=yes
  command -v apt-get >/dev/null || die "this machine has no apt-get; install by hand: $*"
  need_root "installing $*"
  # FRR, LXC's bridge and ipvsadm would start as services and touch this machine's network. A
  # policy that answers 101 stops that; it is removed again unless the machine had one.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    had_policy=no
    at_exit 'rm -f /usr/sbin/policy-rc.d'
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
  fi
  export DEBIAN_FRONTEND=noninteractive
  quietly "package lists" "$LOG_DIR/apt-update.log" apt-get update
  quietly "installing $*" "$LOG_DIR/apt-install.log" \
    apt-get install -y --no-install-recommends "$@"
  # Nor may what we brought start at this machine's next boot.
  if command -v systemctl >/dev/null; then
    local package unit
    for package in "$@"; do
      case "$package" in
        frr) unit="frr.service" ;;
        lxc) unit="lxc.service lxc-net.service lxc-monitord.service" ;;
        ipvsadm) unit="ipvsadm.service" ;;
        keepalived) unit="keepalived.service" ;;
        nginx-light) unit="nginx.service" ;;
        exabgp) unit="exabgp.service" ;;
        bird2) unit="bird.service" ;;
        *) continue ;;
      esac
      # shellcheck disable=SC2086 # several units
      systemctl disable $unit >>"$LOG_DIR/apt-install.log" 2>&1 || true
    done
  fi
  [ "$had_policy" = yes ] || rm -f /usr/sbin/policy-rc.d
}

install_packages() { # build | lab | bench | routes
  local wanted=("${BUILD_PACKAGES[@]}") missing=() has_vm=no
  case "$1" in
    build) ;;
    lab) has_vm=yes ;;
    bench)
      has_vm=yes
      wanted+=("${BENCH_PACKAGES[@]}")
      ;;
    routes) wanted+=("${ROUTE_PACKAGES[@]}") ;;
  esac
  [ "$has_vm" = no ] || wanted+=("${LAB_PACKAGES[@]}")
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  if [ "$has_vm" = yes ] && ! virtiofsd_path >/dev/null &&
    [[ " ${missing[*]} " != *" qemu-system-x86 "* ]]; then
    missing+=(virtiofsd)
  fi
  if ((${#missing[@]} > 0)); then
    apt_install "${missing[@]}"
  fi
  # Only after QEMU is there can it be known whether virtiofsd came with it.
  if [ "$has_vm" = yes ] && ! virtiofsd_path >/dev/null; then
    apt_install virtiofsd
  fi
}

# Puts the peer from PyPI into a place of its own.
install_checker() { # FOLDER
  if [ ! -x "$1/bin/anycast-healthchecker" ]; then
    quietly "installing $CHECKER" "$LOG_DIR/checker-install.log" \
      sh -c 'python3 -m venv "$0" && "$0/bin/pip" install "$1"' "$1" "$CHECKER"
  fi
}

need_swift() {
  command -v swift >/dev/null ||
    die "no Swift toolchain on PATH; install one from https://www.swift.org/install/"
}
