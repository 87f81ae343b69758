/// What Linux 6.1.0-56 (Debian, amd64) said of services that ipvsadm 1.31 had added.
enum CapturedServices {
    /// The statistics of what saw no packet, in both widths.
    private static let noTraffic = """
        5c000a00  ; STATS
            08000100 00000000  ; CONNS 0
            08000200 00000000  ; INPKTS 0
            08000300 00000000  ; OUTPKTS 0
            0c000400 00000000 00000000  ; INBYTES 0
            0c000500 00000000 00000000  ; OUTBYTES 0
            08000600 00000000  ; CPS 0
            08000700 00000000  ; INPPS 0
            08000800 00000000  ; OUTPPS 0
            08000900 00000000  ; INBPS 0
            08000a00 00000000  ; OUTBPS 0
          7c000c00  ; STATS64
            0c000100 00000000 00000000  ; CONNS 0
            0c000200 00000000 00000000  ; INPKTS 0
            0c000300 00000000 00000000  ; OUTPKTS 0
            0c000400 00000000 00000000  ; INBYTES 0
            0c000500 00000000 00000000  ; OUTBYTES 0
            0c000600 00000000 00000000  ; CPS 0
            0c000700 00000000 00000000  ; INPPS 0
            0c000800 00000000 00000000  ; OUTPPS 0
            0c000900 00000000 00000000  ; INBPS 0
            0c000a00 00000000 00000000  ; OUTBPS 0
        """

    /// `-A -t 192.0.2.10:443 -s mh -b mh-fallback`.
    static let maglev = """
        01010000  ; NEW_SERVICE, version 1
        2c010100  ; SERVICE
          06000100 02000000  ; AF 2
          06000200 06000000  ; PROTOCOL 6
          14000300 c000020a 00000000 00000000 00000000  ; ADDR
          06000400 01bb0000  ; PORT 443
          07000600 6d680000  ; SCHED_NAME "mh"
          0c000700 0a000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 ffffffff  ; NETMASK
        \(noTraffic)
        """

    /// `-A -u [2001:db8::10]:53 -s wlc -o -p 300 -M 64`.
    static let persistent = """
        01010000  ; NEW_SERVICE, version 1
        2c010100  ; SERVICE
          06000100 0a000000  ; AF 10
          06000200 11000000  ; PROTOCOL 17
          14000300 20010db8 00000000 00000000 00000010  ; ADDR
          06000400 00350000  ; PORT 53
          08000600 776c6300  ; SCHED_NAME "wlc"
          0c000700 07000000 ffffffff  ; FLAGS, mask
          08000800 2c010000  ; TIMEOUT 300
          08000900 40000000  ; NETMASK
        \(noTraffic)
        """

    /// `-A -f 77 -s rr -p 60 -M 255.255.255.0`.
    static let mark = """
        01010000  ; NEW_SERVICE, version 1
        10010100  ; SERVICE
          06000100 02000000  ; AF 2
          08000500 4d000000  ; FWMARK 77
          07000600 72720000  ; SCHED_NAME "rr"
          0c000700 03000000 ffffffff  ; FLAGS, mask
          08000800 3c000000  ; TIMEOUT 60
          08000900 ffffff00  ; NETMASK
        \(noTraffic)
        """

    /// `-A -f 78 -6 -s sh -b sh-port`.
    static let markV6 = """
        01010000  ; NEW_SERVICE, version 1
        10010100  ; SERVICE
          06000100 0a000000  ; AF 10
          08000500 4e000000  ; FWMARK 78
          07000600 73680000  ; SCHED_NAME "sh"
          0c000700 12000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 80000000  ; NETMASK
        \(noTraffic)
        """

    /// `-A -t 10.9.0.1:9000 -s rr`, after three connections.
    static let counted = """
        01010000  ; NEW_SERVICE, version 1
        2c010100  ; SERVICE
          06000100 02000000  ; AF 2
          06000200 06000000  ; PROTOCOL 6
          14000300 0a090001 00000000 00000000 00000000  ; ADDR
          06000400 23280000  ; PORT 9000
          07000600 72720000  ; SCHED_NAME "rr"
          0c000700 02000000 ffffffff  ; FLAGS, mask
          08000800 00000000  ; TIMEOUT 0
          08000900 ffffffff  ; NETMASK
          5c000a00  ; STATS
            08000100 03000000  ; CONNS 3
            08000200 09000000  ; INPKTS 9
            08000300 06000000  ; OUTPKTS 6
            0c000400 a40d0000 00000000  ; INBYTES 3492
            0c000500 50010000 00000000  ; OUTBYTES 336
            08000600 00000000  ; CPS 0
            08000700 01000000  ; INPPS 1
            08000800 01000000  ; OUTPPS 1
            08000900 47010000  ; INBPS 327
            08000a00 1f000000  ; OUTBPS 31
          7c000c00  ; STATS64
            0c000100 03000000 00000000  ; CONNS 3
            0c000200 09000000 00000000  ; INPKTS 9
            0c000300 06000000 00000000  ; OUTPKTS 6
            0c000400 a40d0000 00000000  ; INBYTES 3492
            0c000500 50010000 00000000  ; OUTBYTES 336
            0c000600 00000000 00000000  ; CPS 0
            0c000700 01000000 00000000  ; INPPS 1
            0c000800 01000000 00000000  ; OUTPPS 1
            0c000900 47010000 00000000  ; INBPS 327
            0c000a00 1f000000 00000000  ; OUTBPS 31
        """

    /// The version, and the connection table of a machine that did not choose its size.
    static let info = """
        0e010000  ; SET_INFO, version 1
        08000100 01020100  ; VERSION 66049
        08000200 00100000  ; CONN_TAB_SIZE 4096
        """

    /// The timeouts nobody changed.
    static let timeouts = """
        0c010000  ; SET_CONFIG, version 1
        08000400 84030000  ; TIMEOUT_TCP 900
        08000500 78000000  ; TIMEOUT_TCP_FIN 120
        08000600 2c010000  ; TIMEOUT_UDP 300
        """
}
