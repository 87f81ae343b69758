# shellcheck shell=bash
# A run that nothing outside notices: its own mounts, processes and network. Network namespaces,
# daemons and files under /run and /etc/frr made inside are gone when it ends, however it ends.

# The paths of the outside remain, but for these, which are empty at first.
run_alone() { # COMMAND...
  need_root "making network namespaces"
  # shellcheck disable=SC2016 # expanded inside
  unshare --mount --pid --fork --kill-child --net --mount-proc --propagation private \
    bash -c '
      set -e
      for folder in /run /etc/frr; do mount -t tmpfs -o mode=0755 none "$folder"; done
      mkdir -p /run/netns /run/frr /run/bench/logs
      chown frr:frr /run/frr /etc/frr
      chmod 0777 /run/bench/logs
      ip link set lo up
      exec "$@"' alone "$@"
}
