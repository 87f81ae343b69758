# shellcheck shell=bash
# The throw-away virtual machine: a stock Debian kernel over this machine's own root file
# system, shared read-only, with a tmpfs above it. Nothing it does reaches the host: it has no
# network card, and what it writes is gone when it powers off.

# The whole run must fit; a machine that hangs is killed and said to have hung.
VM_TIMEOUT_SECONDS="${LAB_VM_TIMEOUT:-3000}"
VM_MEMORY_MIB="${LAB_VM_MEMORY:-2048}"
# Two, because two is what the smallest CI machines have; more gains little under emulation.
VM_CPUS=2
# The accelerator probe is an empty boot. KVM takes a second; this bounds one that hangs.
PROBE_TIMEOUT_SECONDS=20

# The newest stock cloud kernel whose modules are here too.
find_kernel() {
  local image version
  while IFS= read -r image; do
    version=${image#/boot/vmlinuz-}
    if [ -d "/lib/modules/$version/kernel/net/netfilter/ipvs" ]; then
      printf '%s\n' "$version"
      return 0
    fi
  done < <(find /boot -maxdepth 1 -name 'vmlinuz-*-cloud-amd64' | sort -rV)
  die "no /boot/vmlinuz-*-cloud-amd64 with its modules; apt-get install linux-image-cloud-amd64"
}

# What it takes to mount the shared root and nothing more: everything else is loaded from the
# root file system as on any machine. Kept per kernel version and per version of this file.
build_initramfs() { # KERNEL_VERSION -> path on stdout
  local version=$1 stamp image work module path
  stamp=$(sha256sum "${BASH_SOURCE[0]}" | cut -c1-12)
  image="$STATE_DIR/initramfs-$version-$stamp"
  if [ ! -s "$image" ]; then
    work=$(mktemp -d "$STATE_DIR/initramfs.XXXXXX")
    mkdir -p "$work"/{bin,modules,proc,sys,dev,run,ro,rw,root}
    cp /bin/busybox "$work/bin/busybox"
    : >"$work/modules/order"
    for module in virtio_pci virtiofs overlay; do
      while read -r _ path _; do
        grep -qxF "${path##*/}" "$work/modules/order" && continue
        cp "$path" "$work/modules/"
        printf '%s\n' "${path##*/}" >>"$work/modules/order"
      done < <(modprobe -S "$version" --show-depends "$module" | grep '^insmod')
    done
    initramfs_init >"$work/init"
    chmod +x "$work/init"
    (cd "$work" && find . | cpio -o -H newc --quiet | gzip -1) >"$image.part"
    mv "$image.part" "$image"
    rm -rf "$work"
  fi
  printf '%s\n' "$image"
}

initramfs_init() {
  cat <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
if $b grep -q penstock.probe /proc/cmdline; then
  echo PROBE-OK
  $b poweroff -f
fi
while read -r module; do
  case "$module" in
    *.ko) $b insmod "/modules/$module" ;;
    # Newer kernels compress their modules.
    *.xz) $b xz -dc "/modules/$module" >/rw/m.ko && $b insmod /rw/m.ko ;;
    *.gz) $b gzip -dc "/modules/$module" >/rw/m.ko && $b insmod /rw/m.ko ;;
  esac
done </modules/order
stop() {
  echo "the virtual machine could not start: $1"
  echo "LAB-EXIT 99"
  $b poweroff -f
}
$b mount -t virtiofs -o ro labroot /ro || stop "no shared root"
$b mount -t tmpfs -o mode=0755 tmpfs /rw || stop "no tmpfs"
$b mkdir /rw/upper /rw/work
$b mount -t overlay -o lowerdir=/ro,upperdir=/rw/upper,workdir=/rw/work overlay /root ||
  stop "no overlay"
$b mount --move /dev /root/dev
$b mount --move /proc /root/proc
$b mount --move /sys /root/sys
$b mkdir -p /root/dev/pts /root/dev/shm
$b mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /root/dev/pts
$b mount -t tmpfs tmpfs /root/dev/shm
# /tmp stays the one below: the clone under test may live there.
$b mount -t tmpfs -o mode=0755 tmpfs /root/run
job=
for word in $($b cat /root/proc/cmdline); do
  case "$word" in penstock.job=*) job=${word#penstock.job=} ;; esac
done
[ -r "/root$job" ] || stop "cannot read $job through the shared root"
exec $b switch_root /root /bin/bash "$job"
INIT
}

# /dev/kvm may exist and still not work (nested, or filtered), so only a boot proves it. The
# answer is kept until this machine reboots.
choose_accelerator() { # KERNEL_VERSION INITRAMFS -> qemu -accel value on stdout
  local version=$1 initramfs=$2 note answer
  note="$STATE_DIR/accelerator-$(cat /proc/sys/kernel/random/boot_id)"
  if [ ! -s "$note" ]; then
    answer="tcg,thread=multi"
    if [ -w /dev/kvm ]; then
      if timeout -k 2 "$PROBE_TIMEOUT_SECONDS" qemu-system-x86_64 -accel kvm -cpu host -m 256 \
        -kernel "/boot/vmlinuz-$version" -initrd "$initramfs" -nodefaults -display none \
        -append "console=ttyS0 quiet panic=-1 penstock.probe" -serial stdio -no-reboot \
        </dev/null >"$LOG_DIR/kvm-probe.log" 2>&1 && grep -q PROBE-OK "$LOG_DIR/kvm-probe.log"
      then
        answer=kvm
      fi
    fi
    rm -f "$STATE_DIR"/accelerator-*
    printf '%s\n' "$answer" >"$note"
  fi
  cat "$note"
}

# Shares / on a socket. The `namespace` sandbox needs pivot_root, which fails on machines whose
# root is not a mount of its own (containers, micro-VMs); chroot does everywhere, and the guest
# runs nothing but this repository.
start_virtiofsd() { # SOCKET LOGFILE; sets VIRTIOFSD_PID
  local socket=$1 log=$2 tries
  setpriv --pdeathsig KILL "$(virtiofsd_path)" --socket-path="$socket" -o source=/ \
    -o cache=always -o sandbox=chroot >"$log" 2>&1 </dev/null &
  VIRTIOFSD_PID=$!
  for ((tries = 0; tries < 100; tries++)); do
    [ -S "$socket" ] && return 0
    kill -0 "$VIRTIOFSD_PID" 2>/dev/null || break
    sleep 0.05
  done
  cat "$log" >&2
  die "virtiofsd did not start; its words are above"
}

# The lab's client and real servers; the Swift toolchain brings a compiler for C.
build_traffic() { # -> path on stdout
  local compiler program="$STATE_DIR/traffic" source="$LAB_DIR/guest/traffic.c"
  if [ ! -x "$program" ] || [ "$source" -nt "$program" ]; then
    compiler="$(dirname "$(readlink -f "$(command -v swift)")")/clang"
    [ -x "$compiler" ] || compiler=$(command -v cc) || die "no clang beside swift, and no cc"
    "$compiler" -O2 -Wall -Wextra -Werror -o "$program" "$source" >&2
  fi
  printf '%s\n' "$program"
}

# Boots, runs `integration/lib/guest-init ARGUMENTS...` inside, streams the console to stdout,
# and returns the guest's exit status.
run_in_vm() { # NAME ARGUMENTS...
  local name=$1 version initramfs accelerator run console status=0 filter qemu_pid cpu=max traffic
  shift
  need_root "booting the lab's virtual machine"
  version=$(find_kernel)
  initramfs=$(build_initramfs "$version")
  accelerator=$(choose_accelerator "$version" "$initramfs")
  traffic=$(build_traffic)
  [ "$accelerator" != kvm ] || cpu=host
  run=$(mktemp -d "$STATE_DIR/run.XXXXXX")
  at_exit "rm -rf '$run'"
  console="$LOG_DIR/$name-console.log"
  {
    printf '#!/bin/bash\n'
    printf 'export LAB_ROOT=%q LAB_ACCELERATOR=%q LAB_KEEP=%q COLUMNS=%q LAB_TTY=%q\n' "$ROOT" \
      "$accelerator" "${LAB_KEEP:-}" "${COLUMNS:-100}" "${LAB_TTY:-}"
    printf 'export LAB_TRAFFIC=%q\n' "$traffic"
    printf 'exec /bin/bash %q' "$LAB_DIR/lib/guest-init"
    printf ' %q' "$@"
    printf '\n'
  } >"$run/job"
  say "booting the lab: Linux $version, $accelerator, $VM_CPUS CPUs"
  start_virtiofsd "$run/fs.sock" "$LOG_DIR/$name-virtiofsd.log"
  at_exit "kill -KILL $VIRTIOFSD_PID 2>/dev/null"

  # The console is read as it comes. `panic=-1` with -no-reboot turns a panic into an exit.
  # shellcheck disable=SC2094 # one writer, and the reader comes after
  exec {filter}> >(exec tee "$console" | console_filter)
  local filter_pid=$!
  # An emulated TSC is one clock for all CPUs, which Linux does not know: it would read an emulated
  # HPET instead, in a system call, under the emulator's one lock.
  local clock=""
  if [[ "$accelerator" == tcg* ]]; then clock="tsc=reliable"; fi
  setpriv --pdeathsig TERM timeout --foreground -k 5 "$VM_TIMEOUT_SECONDS" \
    setpriv --pdeathsig KILL \
    qemu-system-x86_64 -accel "$accelerator" -cpu "$cpu" -smp "$VM_CPUS" -m "$VM_MEMORY_MIB" \
    -object "memory-backend-memfd,id=mem,size=${VM_MEMORY_MIB}M,share=on" \
    -numa node,memdev=mem \
    -chardev "socket,id=fs,path=$run/fs.sock" \
    -device vhost-user-fs-pci,chardev=fs,tag=labroot \
    -kernel "/boot/vmlinuz-$version" -initrd "$initramfs" \
    -append "console=ttyS0 quiet loglevel=3 panic=-1 $clock penstock.job=$run/job" \
    -nodefaults -display none -no-reboot -nic none \
    -chardev stdio,id=console,signal=off -serial chardev:console \
    -serial "file:$LOG_DIR/$name-evidence.tar.gz" \
    <&0 >&"$filter" 2>&1 &
  qemu_pid=$!
  at_exit "kill -TERM $qemu_pid 2>/dev/null"
  wait "$qemu_pid" || status=$?
  exec {filter}>&-
  wait "$filter_pid" 2>/dev/null || true
  kill -KILL "$VIRTIOFSD_PID" 2>/dev/null || true
  wait "$VIRTIOFSD_PID" 2>/dev/null || true

  local verdict
  verdict=$(tr -d '\r' <"$console" | sed -n 's/^LAB-EXIT \([0-9]*\)$/\1/p' | tail -n 1)
  if [ -z "$verdict" ]; then
    ((status != 124)) || say "the virtual machine was killed after $VM_TIMEOUT_SECONDS s"
    say "the virtual machine ended without a verdict (qemu status $status); see $console"
    return 98
  fi
  return "$verdict"
}

# An interactive console must pass every byte; otherwise lines, without what is for us only.
console_filter() {
  if [ -n "${LAB_KEEP:-}" ]; then
    exec cat
  fi
  exec sed -u -e 's/\r//g' -e '/^LAB-EXIT [0-9]*$/d' -e '/reboot: Power down$/d'
}
