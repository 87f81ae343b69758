// libnl-genl-3: the generic netlink header and family look-up, with the kernel's own numbers.
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
