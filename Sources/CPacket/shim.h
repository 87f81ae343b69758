// Sockets of packets, and which packets they are given. Kept apart from what includes the headers of
// sockets: Swift would take those for a part of whichever module a compilation meets first.
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
