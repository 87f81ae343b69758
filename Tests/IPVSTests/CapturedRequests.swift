/// What ipvsadm 1.31 sent, and Linux 6.1.0-56 carried out.
enum CapturedRequests {
    /// `-A -t 192.0.2.10:443 -s mh -b mh-port,mh-fallback`.
    static let newMaglev = """
        01010000  ; NEW_SERVICE, version 1
        54000180  ; SERVICE, marked as nested
          06000100 02000000  ; AF 2
          06000200 06000000  ; PROTOCOL 6
          14000300 c000020a 00000000 00000000 00000000  ; ADDR
          06000400 01bb0000  ; PORT 443
          07000600 6d680000  ; SCHED_NAME "mh"
          0c000700 18000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 ffffffff  ; NETMASK
        """

    /// `-A -u [2001:db8::10]:53 -s wlc -o -p 300 -M 64`.
    static let newPersistent = """
        01010000  ; NEW_SERVICE, version 1
        54000180  ; SERVICE, marked as nested
          06000100 0a000000  ; AF 10
          06000200 11000000  ; PROTOCOL 17
          14000300 20010db8 00000000 00000000 00000010  ; ADDR
          06000400 00350000  ; PORT 53
          08000600 776c6300  ; SCHED_NAME "wlc"
          0c000700 05000000 ffffffff  ; FLAGS, mask
          08000800 2c010000  ; TIMEOUT 300
          08000900 40000000  ; NETMASK
        """

    /// `-A -f 77 -s rr -p 60 -M 255.255.255.0`.
    static let newMark = """
        01010000  ; NEW_SERVICE, version 1
        38000180  ; SERVICE, marked as nested
          06000100 02000000  ; AF 2
          08000500 4d000000  ; FWMARK 77
          07000600 72720000  ; SCHED_NAME "rr"
          0c000700 01000000 ffffffff  ; FLAGS, mask
          08000800 3c000000  ; TIMEOUT 60
          08000900 ffffff00  ; NETMASK
        """

    /// `-A -f 78 -6 -s sh -b sh-port`.
    static let newMarkV6 = """
        01010000  ; NEW_SERVICE, version 1
        38000180  ; SERVICE, marked as nested
          06000100 0a000000  ; AF 10
          08000500 4e000000  ; FWMARK 78
          07000600 73680000  ; SCHED_NAME "sh"
          0c000700 10000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 80000000  ; NETMASK
        """

    /// `-a -t 192.0.2.10:443 -r 10.9.0.11:443 -g -w 100`.
    static let newDirect = """
        05010000  ; NEW_DEST, version 1
        54000180  ; SERVICE, marked as nested
          06000100 02000000  ; AF 2
          06000200 06000000  ; PROTOCOL 6
          14000300 c000020a 00000000 00000000 00000000  ; ADDR
          06000400 01bb0000  ; PORT 443
          05000600 00000000  ; SCHED_NAME ""
          0c000700 00000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 ffffffff  ; NETMASK
        60000280  ; DEST, marked as nested
          06000b00 02000000  ; ADDR_FAMILY 2
          14000100 0a09000b 00000000 00000000 00000000  ; ADDR
          06000200 01bb0000  ; PORT 443
          08000300 03000000  ; FWD_METHOD 3
          08000400 64000000  ; WEIGHT 100
          05000d00 00000000  ; TUN_TYPE 0
          06000e00 00000000  ; TUN_PORT 0
          06000f00 00000000  ; TUN_FLAGS 0
          08000500 00000000  ; U_THRESH 0
          08000600 00000000  ; L_THRESH 0
        """

    /// `-a -t 192.0.2.10:443 -r 10.9.0.12:443 -i -w 0 -x 1000 -y 750 --tun-type gue --tun-port
    /// 6080 --tun-csum`.
    static let newTunnel = """
        05010000  ; NEW_DEST, version 1
        54000180  ; SERVICE, marked as nested
          06000100 02000000  ; AF 2
          06000200 06000000  ; PROTOCOL 6
          14000300 c000020a 00000000 00000000 00000000  ; ADDR
          06000400 01bb0000  ; PORT 443
          05000600 00000000  ; SCHED_NAME ""
          0c000700 00000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 ffffffff  ; NETMASK
        60000280  ; DEST, marked as nested
          06000b00 02000000  ; ADDR_FAMILY 2
          14000100 0a09000c 00000000 00000000 00000000  ; ADDR
          06000200 01bb0000  ; PORT 443
          08000300 02000000  ; FWD_METHOD 2
          08000400 00000000  ; WEIGHT 0
          05000d00 01000000  ; TUN_TYPE 1
          06000e00 17c00000  ; TUN_PORT 6080
          06000f00 01000000  ; TUN_FLAGS 1
          08000500 e8030000  ; U_THRESH 1000
          08000600 ee020000  ; L_THRESH 750
        """

    /// `-a -u [2001:db8::10]:53 -r [2001:db8:9::53]:53 -g -w 65535`.
    static let newDirectV6 = """
        05010000  ; NEW_DEST, version 1
        54000180  ; SERVICE, marked as nested
          06000100 0a000000  ; AF 10
          06000200 11000000  ; PROTOCOL 17
          14000300 20010db8 00000000 00000000 00000010  ; ADDR
          06000400 00350000  ; PORT 53
          05000600 00000000  ; SCHED_NAME ""
          0c000700 00000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 80000000  ; NETMASK
        60000280  ; DEST, marked as nested
          06000b00 0a000000  ; ADDR_FAMILY 10
          14000100 20010db8 00090000 00000000 00000053  ; ADDR
          06000200 00350000  ; PORT 53
          08000300 03000000  ; FWD_METHOD 3
          08000400 ffff0000  ; WEIGHT 65535
          05000d00 00000000  ; TUN_TYPE 0
          06000e00 00000000  ; TUN_PORT 0
          06000f00 00000000  ; TUN_FLAGS 0
          08000500 00000000  ; U_THRESH 0
          08000600 00000000  ; L_THRESH 0
        """

    /// `-a -f 77 -r 10.9.0.13:8080 -m -w 5`.
    static let newMasquerade = """
        05010000  ; NEW_DEST, version 1
        38000180  ; SERVICE, marked as nested
          06000100 02000000  ; AF 2
          08000500 4d000000  ; FWMARK 77
          05000600 00000000  ; SCHED_NAME ""
          0c000700 00000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 ffffffff  ; NETMASK
        60000280  ; DEST, marked as nested
          06000b00 02000000  ; ADDR_FAMILY 2
          14000100 0a09000d 00000000 00000000 00000000  ; ADDR
          06000200 1f900000  ; PORT 8080
          08000300 00000000  ; FWD_METHOD 0
          08000400 05000000  ; WEIGHT 5
          05000d00 00000000  ; TUN_TYPE 0
          06000e00 00000000  ; TUN_PORT 0
          06000f00 00000000  ; TUN_FLAGS 0
          08000500 00000000  ; U_THRESH 0
          08000600 00000000  ; L_THRESH 0
        """

    /// `-a -f 78 -6 -r 10.9.0.14:0 -i --tun-type gre -w 7`.
    static let newOtherFamily = """
        05010000  ; NEW_DEST, version 1
        38000180  ; SERVICE, marked as nested
          06000100 0a000000  ; AF 10
          08000500 4e000000  ; FWMARK 78
          05000600 00000000  ; SCHED_NAME ""
          0c000700 00000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 80000000  ; NETMASK
        60000280  ; DEST, marked as nested
          06000b00 02000000  ; ADDR_FAMILY 2
          14000100 0a09000e 00000000 00000000 00000000  ; ADDR
          06000200 00000000  ; PORT 0
          08000300 02000000  ; FWD_METHOD 2
          08000400 07000000  ; WEIGHT 7
          05000d00 02000000  ; TUN_TYPE 2
          06000e00 00000000  ; TUN_PORT 0
          06000f00 00000000  ; TUN_FLAGS 0
          08000500 00000000  ; U_THRESH 0
          08000600 00000000  ; L_THRESH 0
        """

    /// `-E -t 192.0.2.10:443 -s mh -b mh-fallback`.
    static let setService = """
        02010000  ; SET_SERVICE, version 1
        54000180  ; SERVICE, marked as nested
          06000100 02000000  ; AF 2
          06000200 06000000  ; PROTOCOL 6
          14000300 c000020a 00000000 00000000 00000000  ; ADDR
          06000400 01bb0000  ; PORT 443
          07000600 6d680000  ; SCHED_NAME "mh"
          0c000700 08000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 ffffffff  ; NETMASK
        """

    /// `-e -t 192.0.2.10:443 -r 10.9.0.11:443 -g -w 50`.
    static let setDestination = """
        06010000  ; SET_DEST, version 1
        54000180  ; SERVICE, marked as nested
          06000100 02000000  ; AF 2
          06000200 06000000  ; PROTOCOL 6
          14000300 c000020a 00000000 00000000 00000000  ; ADDR
          06000400 01bb0000  ; PORT 443
          05000600 00000000  ; SCHED_NAME ""
          0c000700 00000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 ffffffff  ; NETMASK
        60000280  ; DEST, marked as nested
          06000b00 02000000  ; ADDR_FAMILY 2
          14000100 0a09000b 00000000 00000000 00000000  ; ADDR
          06000200 01bb0000  ; PORT 443
          08000300 03000000  ; FWD_METHOD 3
          08000400 32000000  ; WEIGHT 50
          05000d00 00000000  ; TUN_TYPE 0
          06000e00 00000000  ; TUN_PORT 0
          06000f00 00000000  ; TUN_FLAGS 0
          08000500 00000000  ; U_THRESH 0
          08000600 00000000  ; L_THRESH 0
        """

    /// `--set 900 120 300`.
    static let setTimeouts = """
        0c010000  ; SET_CONFIG, version 1
        08000400 84030000  ; TIMEOUT_TCP 900
        08000500 78000000  ; TIMEOUT_TCP_FIN 120
        08000600 2c010000  ; TIMEOUT_UDP 300
        """

    /// `-Z -t 192.0.2.10:443`.
    static let zero = """
        10010000  ; ZERO, version 1
        54000180  ; SERVICE, marked as nested
          06000100 02000000  ; AF 2
          06000200 06000000  ; PROTOCOL 6
          14000300 c000020a 00000000 00000000 00000000  ; ADDR
          06000400 01bb0000  ; PORT 443
          05000600 00000000  ; SCHED_NAME ""
          0c000700 00000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 ffffffff  ; NETMASK
        """

    /// `-d -t 192.0.2.10:443 -r 10.9.0.12:443`.
    static let deleteDestination = """
        07010000  ; DEL_DEST, version 1
        54000180  ; SERVICE, marked as nested
          06000100 02000000  ; AF 2
          06000200 06000000  ; PROTOCOL 6
          14000300 c000020a 00000000 00000000 00000000  ; ADDR
          06000400 01bb0000  ; PORT 443
          05000600 00000000  ; SCHED_NAME ""
          0c000700 00000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 ffffffff  ; NETMASK
        60000280  ; DEST, marked as nested
          06000b00 02000000  ; ADDR_FAMILY 2
          14000100 0a09000c 00000000 00000000 00000000  ; ADDR
          06000200 01bb0000  ; PORT 443
          08000300 03000000  ; FWD_METHOD 3
          08000400 01000000  ; WEIGHT 1
          05000d00 00000000  ; TUN_TYPE 0
          06000e00 00000000  ; TUN_PORT 0
          06000f00 00000000  ; TUN_FLAGS 0
          08000500 00000000  ; U_THRESH 0
          08000600 00000000  ; L_THRESH 0
        """

    /// `-D -f 78 -6`.
    static let deleteService = """
        03010000  ; DEL_SERVICE, version 1
        38000180  ; SERVICE, marked as nested
          06000100 0a000000  ; AF 10
          08000500 4e000000  ; FWMARK 78
          05000600 00000000  ; SCHED_NAME ""
          0c000700 00000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 80000000  ; NETMASK
        """

    /// `-C`.
    static let flush = """
        11010000  ; FLUSH, version 1
        """
}
