// libnl-3: sockets and message building. Kept apart from generic netlink because Debian ships
// them as two libraries with two pkg-config files.
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
// Waking a thread that waits, by another one or by time, and waiting for many descriptors; Swift's
// own Glibc module leaves all of them out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
